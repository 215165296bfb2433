"""A device as the first-party clients behave: it keeps what it is told, and sends it back with the next call."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from tests.api.node_context import Answer, Server, ot_headers

API = "/cfw/cmp/v1"


def opened(memory: str) -> dict[str, Any]:
    """What is inside an otConsentString."""
    return json.loads(base64.b64decode(memory))


def sealed(**said: Any) -> str:
    """An otConsentString as a client would build one itself."""
    return base64.b64encode(json.dumps(said).encode()).decode()


def confirm(**groups: bool) -> dict[str, Any]:
    """The body of a confirmed preference centre, as the TV client sends it: four lists, possibly empty."""
    return {
        "purposesStatus": [{"groupId": id, "status": on} for id, on in groups.items()],
        "iabVendorsStatus": [],
        "googleVendorsStatus": [],
        "sdkStatus": [],
    }


@dataclass
class Device:
    """A phone, a TV or a browser; `who` and `proof` are set once somebody logs in."""

    server: Server
    site: str = "outfitter/shop-ios"
    country: str = "DE"
    region: str = ""
    kind: str = "mobile"
    test: bool = False
    who: str = ""
    proof: str = ""
    memory: str = ""
    keys: dict[str, Any] = field(default_factory=dict)

    @property
    def app_id(self) -> str:
        """The app id it calls with."""
        return self.server.app_id(self.site, test=self.test)

    def headers(self, **more: str) -> dict[str, str]:
        """What it sends with every call; an empty value stays, as real clients send empty ones."""
        known = {
            "OT_Device_Type": self.kind,
            "OT_Country_Code": self.country,
            "OT_Region_Code": self.region,
            "OT_Consent_String": self.memory,
            "OT_Identifier": self.who,
        }
        if self.who:
            known |= {
                "OT_Sync_Profile_Auth": self.proof,
                "OT_Identifier_UpdateType": "Rename-Identifier",
                "OT_Fetch_Type": "APP_DATA_AND_SYNC_PROFILE",
            }
        return ot_headers(self.app_id, **(known | more))

    async def look(self, route: str = "banner", **more: str) -> Any:
        """GET a route; the JSON of a 200, whose memory and storage keys the device takes over."""
        return self.take(await self.ask(route, **more))

    async def ask(self, route: str = "banner", **more: str) -> Answer:
        """GET a route, whatever comes back."""
        return await self.server.ask("GET", f"{API}/{route}", self.headers(**more))

    async def press(self, interaction: str, consent: dict[str, Any] | None = None, **body: Any) -> Any:
        """POST a choice; the JSON of a 200."""
        return self.take(await self.post(interaction, consent, **body))

    async def post(self, interaction: str, consent: dict[str, Any] | None = None, **body: Any) -> Answer:
        """POST a choice, whatever comes back."""
        said = {"interactionType": interaction, "userAgent": "SampleShop/7.2"} | body
        if consent is not None:
            said["consent"] = consent
        return await self.server.ask("POST", f"{API}/save-log-consent", self.headers(), said)

    async def send_form(self, email: Any, *purposes: Any, **more: str) -> Answer:
        """POST the form of a global opt-out, whatever comes back."""
        said = {"globalOptOut": {"identifier": email, "purposes": list(purposes)}}
        return await self.server.ask("POST", f"{API}/dsar", self.headers(**more), said)

    async def opt_out(self, email: str, *purposes: str, **more: str) -> Any:
        """Opt out everywhere; the JSON of a 201."""
        answer = await self.send_form(email, *purposes, **more)
        assert answer.status == 201, answer
        return self.take(answer)

    async def log_in(self, who: str, proof: str) -> Any:
        """Somebody logs in, and the device says so as the guide wants it."""
        self.who, self.proof = who, proof
        return await self.press("SYNC_PROFILE")

    def take(self, answer: Answer) -> Any:
        """What every client does with a success: it counts only when `errors` is there and empty."""
        assert answer.status in (200, 201), answer
        said = answer.json
        assert said["errors"] == [], said
        self.memory = said.get("otConsentString", self.memory)
        self.keys = said.get("storageKeys", self.keys)
        return said


def why(said: Any) -> tuple[bool, int]:
    """Whether to ask, and the reason code."""
    return said["appConfig"]["showBanner"], said["appConfig"]["bannerReasonCode"]


def problem(answer: Answer) -> tuple[int, str]:
    """Status and code of an error answer, whose shape is checked on the way."""
    errors = answer.json["errors"]
    assert len(errors) == 1
    assert set(errors[0]) == {"code", "message"}
    assert all(isinstance(text, str) and text for text in errors[0].values())
    return answer.status, errors[0]["code"]
