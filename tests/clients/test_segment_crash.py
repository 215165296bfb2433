"""Whatever is killed, and whenever: an acknowledged event reaches its destination, or is held where one can see it."""

import os
import random
import threading

from placet.events.records.batch_codec import name_of, read_stored_batch
from placet.services.settings.api_tokens import NewToken, make_token
from placet.settings.api_tokens import Role
from placet.stores.ports.events import DeliveryOutcome
from tests.clients.deployment import KEY, Deployment, until
from tests.clients.inspection import ORGANISATION, SOURCE, in_store, visibly_held

ROUNDS = 3
SIZE = 20


def a_batch(number: str, ads: bool) -> list[dict[str, object]]:
    context = {"consent": {"categoryPreferences": {"C0001": True, "C0004": ads}}}
    return [
        {"type": "track", "event": "A", "userId": f"u{n % 4}", "messageId": f"{number}-{n}", "context": context}
        for n in range(SIZE)
    ]


class Sender(threading.Thread):
    """Sends batches until the server is gone, and remembers what was acknowledged."""

    def __init__(self, deployment: Deployment, name: str) -> None:
        super().__init__(daemon=True)
        self.deployment, self.label = deployment, name
        self.acknowledged: list[str] = []

    def run(self) -> None:
        for number in range(10_000):
            items = a_batch(f"{self.label}-{number}", ads=number % 2 == 0)
            if self.deployment.post("/v1/batch", {"batch": items, "writeKey": KEY}) != 200:
                return
            self.acknowledged += [str(item["messageId"]) for item in items]


def test_a_killed_server_loses_no_event_it_acknowledged(doomed: Deployment) -> None:
    deployment, receiver = doomed, doomed.receiver
    acknowledged: list[str] = []
    for round in range(ROUNDS):
        senders = [Sender(deployment, f"r{round}s{n}") for n in range(3)]
        for sender in senders:
            sender.start()
        until(lambda: sum(len(sender.acknowledged) for sender in senders) >= 4 * SIZE)  # noqa: B023 - waited for within the round
        threading.Event().wait(random.random() / 5)
        deployment.kill()
        for sender in senders:
            sender.join()
            acknowledged += sender.acknowledged
        deployment.start()
    even = [id for id in acknowledged if int(id.split("-")[1]) % 2 == 0]
    until(lambda: not (set(acknowledged) - receiver.ids("/counter").keys()))
    until(lambda: not (set(even) - receiver.ids("/ads").keys()))
    deployment.stop()
    odd = set(acknowledged) - set(even)
    assert not odd & receiver.ids("/ads").keys()
    assert in_store(deployment, lambda stores: visibly_held(stores, sorted(odd))) == len(odd)
    repeats = sum(receiver.ids("/counter").values()) - len(receiver.ids("/counter"))
    assert repeats <= ROUNDS * 4 * 64  # at most what was claimed when each of them died


def test_a_withdrawal_acknowledged_while_deliveries_wait_stops_them(doomed: Deployment) -> None:
    deployment, receiver = doomed, doomed.receiver
    receiver.status = 503
    assert deployment.post("/v1/batch", {"batch": a_batch("x-0", ads=True), "writeKey": KEY}) == 200
    until(lambda: len(receiver.at("/ads")) >= 4)
    for user in range(4):
        told = {"userId": f"u{user}", "event": "Segment Consent Preference Updated", "messageId": f"w{user}",
                "context": {"consent": {"categoryPreferences": {"C0001": True, "C0004": False}}}}  # fmt: skip
        assert deployment.post("/v1/track", {**told, "writeKey": KEY}) == 200
    until(lambda: len(receiver.at("/counter")) >= 4)
    tried = len(receiver.at("/ads"))
    deployment.kill()
    receiver.status = 200
    deployment.start()
    until(lambda: len(receiver.ids("/counter")) == SIZE + 4)
    until(lambda: in_store_count(deployment) == SIZE)
    assert len(receiver.at("/ads")) <= tried + 4


def in_store_count(deployment: Deployment) -> int:
    """How many of the waiting deliveries ended held."""

    async def held(stores) -> int:
        count = 0
        for n in range(SIZE):
            outcomes = await stores.events.outcomes(name_of(ORGANISATION, SOURCE, f"x-0-{n}"))
            count += any(one.outcome is DeliveryOutcome.HELD and one.connection == "to-ads" for one in outcomes)
        return count

    found = in_store(deployment, held)
    assert isinstance(found, int)
    return found


async def all_done(stores) -> bool:
    """Is every deletion carried out?"""
    return all(one.done for one in await stores.suppressions.regulations(ORGANISATION, "shop", 100))


async def whose(stores) -> list[str]:
    """The users of all events that are kept, one for each event."""
    batches = await stores.events.latest(ORGANISATION, SOURCE, 1000)
    return [name.value for one in batches for event in read_stored_batch(one.body).events for name in event.identities]


def test_a_deletion_is_finished_however_often_the_server_is_killed(doomed: Deployment) -> None:
    deployment, receiver = doomed, doomed.receiver
    for number in range(30):
        assert deployment.post("/v1/batch", {"batch": a_batch(f"x-{number}", ads=True), "writeKey": KEY}) == 200
    until(lambda: len(receiver.ids("/ads")) == 30 * SIZE)
    wanted = NewToken(ORGANISATION, "shop", "tests", frozenset(Role))
    token = in_store(deployment, lambda stores: make_token(wanted, stores, "tests", os.urandom, 1)).secret
    asked = {"regulationType": "DELETE_ONLY", "subjectType": "USER_ID", "subjectIds": ["u0"]}
    assert deployment.post("/regulations", asked, Authorization=f"Bearer {token}") == 200
    for _ in range(4):
        threading.Event().wait(random.random() / 2)
        deployment.kill()
        deployment.start()
    until(lambda: in_store(deployment, all_done))
    until(
        lambda: (
            {path for path, _, body in list(receiver.got) if body.get("type") == "person.deleted"}
            == {"/ads", "/counter"}
        )
    )
    deployment.stop()
    left = in_store(deployment, whose)
    assert {user: left.count(user) for user in sorted(set(left))} == dict.fromkeys(("u1", "u2", "u3"), 30 * SIZE // 4)
