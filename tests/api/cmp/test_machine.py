"""Devices, people, sites, presses, logins and publications in any order: the server against a simple model.

The model: an answer is (yes or no, when). A device that nobody has logged in on has its own; a person has theirs,
and at a login the later of the two counts, purpose by purpose. Every press answers all that its site asks.
"""

import asyncio
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from placet.services.settings.publish_settings import publish
from placet.services.settings.published_sites import Author
from placet.settings.site import Stage
from tests.api.cmp.device import Device, confirm
from tests.api.node_context import Server, start, token

MEASURE, COMFORT, ADS, SOCIAL, EMBEDDED = (
    "883e1831-8659-4ee8-b233-78948935188d",
    "1aecefdd-2fb0-48ca-a7d4-a98c6e178ca7",
    "21191b4c-2668-403e-b828-bcfbd676941f",
    "108d7cfd-09b9-4424-aae2-7fa964864b1b",
    "61bf5cd4-d9f7-4289-80a5-5193002e8b8f",
)
SHOP = {"C0002": MEASURE, "C0003": COMFORT, "C0004": ADS, "C0005": SOCIAL}
SITES = {
    "outfitter/shop-ios": SHOP,
    "outfitter/shop-web": SHOP,
    "news/news-app": {"C0002": MEASURE, "C0004": ADS, "C0006": EMBEDDED},
}
PEOPLE = ("anna", "bert")
HOUSEHOLD = "5047449c-3852-4691-b7a2-c8b0ebfae699"
COMPLETE = {
    "OT_GroupConsents",
    "OT_GroupLIConsents",
    "OT_SdkConsents",
    "OT_GeneralVendorsConsents",
    "OT_UCPConsents",
    "OT_Identifier",
    "OT_AlwaysActiveIds",
}

Answers = dict[str, tuple[int, int]]
WHICH = st.integers(0, 4)
CHOICES = st.fixed_dictionaries({}, optional={id: st.booleans() for id in ("C0002", "C0003", "C0004", "C0006")})


class Household(RuleBasedStateMachine):
    """Five devices of two people on three sites that share one profile."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.server: Server = self.loop.run_until_complete(start())
        sites = [*SITES, "outfitter/shop-ios", "news/news-app"]
        self.devices = [Device(self.server, site) for site in sites]
        self.local: list[Answers] = [{} for _ in sites]
        self.profiles: dict[str, Answers] = {who: {} for who in PEOPLE}
        self.pressed = 0

    def teardown(self) -> None:
        """Close the server."""
        self.loop.run_until_complete(self.server.node.close())
        self.loop.close()

    def run(self, coroutine: Any) -> Any:
        """Wait for an answer."""
        return self.loop.run_until_complete(coroutine)

    def answers(self, which: int) -> Answers:
        """Whose answers count on this device."""
        device = self.devices[which]
        return self.profiles[device.who] if device.who else self.local[which]

    @rule(which=WHICH, interaction=st.sampled_from(["BANNER_ALLOW_ALL", "PREFERENCE_CENTER_REJECT_ALL"]))
    def press_all(self, which: int, interaction: str) -> None:
        """Everything on, or everything off."""
        self.answer(which, interaction, None, dict.fromkeys(SITES[self.devices[which].site], "ALLOW" in interaction))

    @rule(which=WHICH, said=CHOICES)
    def confirm(self, which: int, said: dict[str, bool]) -> None:
        """Some answers stated; the rest of the screen stays as it was."""
        asked = SITES[self.devices[which].site]
        said = {id: on for id, on in said.items() if id in asked}
        if said:
            self.answer(which, "PREFERENCE_CENTER_CONFIRM", confirm(**said), said)

    def answer(self, which: int, interaction: str, consent: Any, said: dict[str, bool]) -> None:
        """Press, here and in the model."""
        now, device = self.server.clock.wait(1000), self.devices[which]
        held = self.answers(which)
        asked = SITES[device.site]
        held |= {
            purpose: (int(said[id]) if id in said else held.get(purpose, (0, 0))[0], now)
            for id, purpose in asked.items()
        }
        self.pressed += 1
        self.check(which, self.run(device.press(interaction, consent)))

    @rule(which=WHICH, who=st.sampled_from(PEOPLE))
    def log_in(self, which: int, who: str) -> None:
        """Somebody logs in; what the device has of its own comes along, what it has of somebody else does not."""
        self.server.clock.wait(1000)
        device = self.devices[which]
        own, held = ({} if device.who else self.local[which]), self.profiles[who]
        held |= {id: answer for id, answer in own.items() if id not in held or answer[1] > held[id][1]}
        self.local[which] = {}
        self.check(which, self.run(device.log_in(who, token(who))))

    @rule(which=WHICH, route=st.sampled_from(["banner", "preferences"]))
    def look(self, which: int, route: str) -> None:
        """A launch, or the preference centre."""
        self.server.clock.wait(1000)
        self.check(which, self.run(self.devices[which].look(route)))

    @rule(which=WHICH)
    def close_the_centre(self, which: int) -> None:
        """A press that is no choice."""
        self.server.clock.wait(1000)
        self.check(which, self.run(self.devices[which].press("PREFERENCE_CENTER_CLOSE")))

    @rule()
    def ask_everybody_anew(self) -> None:
        """A publication with re-consent: it changes nobody's answers."""
        now = self.server.clock.wait(1000)
        catalogue = self.server.node.context.stores.catalogue
        sites = ("news/news-app",)
        self.run(
            publish(self.server.organisation.id, Stage.PRODUCTION, catalogue, Author("m", now), sites, reconsent=True)
        )
        self.run(self.server.refresh())

    def check(self, which: int, said: Any) -> None:
        """What every answer must say, by the model."""
        held, asked, keys = self.answers(which), SITES[self.devices[which].site], said["storageKeys"]
        groups = keys["OT_GroupConsents"]
        assert keys.keys() >= COMPLETE
        assert groups["C0001"] == 1
        assert {id: groups[id] for id in asked} == {id: held.get(asked[id], (0, 0))[0] for id in asked}
        assert ("OT_LastConsentedDate" in keys) == bool(held)

    @invariant()
    def profiles_are_as_the_model_says(self) -> None:
        """What other systems read about each person."""
        for who, held in self.profiles.items():
            headers = {"tenantId": self.server.organisation.id, "identifier": who, "Authorization": token(who)}
            answer = self.run(self.server.ask("GET", f"/v1/preferences?syncGroup={HOUSEHOLD}", headers))
            read = {one["id"]: one["status"] for one in answer.json["preferences"]}
            wanted = {id: "ACTIVE" if held[id][0] else "OPT_OUT" for id in held}
            assert {id: status for id, status in read.items() if id in held} == wanted
            assert {read.get(id, "NO_CONSENT") for id in SHOP.values() if id not in held} <= {"NO_CONSENT"}


TestHousehold = Household.TestCase
TestHousehold.settings = settings(max_examples=15, stateful_step_count=20, deadline=None, phases=(Phase.generate,))
