"""A page's client sends a batch again under its old id until a killed server is back: none is lost or kept twice."""

import random
import threading

from tests.clients.deployment import KEY, Deployment, until
from tests.clients.inspection import in_store, visibly_held

ROUNDS = 2
SIZE = 10
PATH = f"/v3/JS/{KEY}/events"


def a_batch(id: str, ads: bool) -> dict[str, object]:
    gdpr = {
        "run": {"consented": True, "timestamp_unixtime_ms": 1},
        "ads": {"consented": ads, "timestamp_unixtime_ms": 1},
    }
    event = {"event_type": "custom_event", "data": {"event_name": "A", "custom_event_type": "other"}}
    return {"source_request_id": id, "mpid": id, "consent_state": {"gdpr": gdpr}, "events": [event] * SIZE}


class Page(threading.Thread):
    """Sends batch after batch; one that is not acknowledged is sent again, and those behind it wait."""

    def __init__(self, deployment: Deployment, name: str) -> None:
        super().__init__(daemon=True)
        self.deployment, self.label = deployment, name
        self.acknowledged: list[str] = []
        self.closing = threading.Event()

    def run(self) -> None:
        for number in range(10_000):
            id = f"{self.label}-{number}"
            while self.deployment.post(PATH, a_batch(id, ads=number % 2 == 0)) != 202:
                if self.closing.wait(0.05):
                    return
            self.acknowledged.append(id)
            if self.closing.is_set():
                return


def test_a_killed_server_loses_no_batch_it_acknowledged_and_keeps_none_twice(doomed: Deployment) -> None:
    deployment, receiver = doomed, doomed.receiver
    pages = [Page(deployment, f"p{n}") for n in range(3)]
    for page in pages:
        page.start()
    for round in range(1, ROUNDS + 1):
        until(lambda: sum(len(page.acknowledged) for page in pages) >= 6 * round)  # noqa: B023 - waited for within the round
        threading.Event().wait(random.random() / 5)
        deployment.kill()
        deployment.start()
    for page in pages:
        page.closing.set()
        page.join()
    batches = [id for page in pages for id in page.acknowledged]
    wanted = {f"{id}:{n}" for id in batches for n in range(SIZE)}
    granted = {id for id in wanted if int(id.split("-")[1].split(":")[0]) % 2 == 0}
    until(lambda: not (wanted - receiver.ids("/counter").keys()))
    until(lambda: not (granted - receiver.ids("/ads").keys()))
    deployment.stop()
    refused = wanted - granted
    assert not refused & receiver.ids("/ads").keys()
    assert in_store(deployment, lambda stores: visibly_held(stores, sorted(refused))) == len(refused)
    repeats = sum(receiver.ids("/counter").values()) - len(receiver.ids("/counter"))
    assert repeats <= ROUNDS * 4 * 64  # at most what was claimed when each of them died
