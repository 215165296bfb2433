"""The tour's last part: events on their way to destinations, and what stops them."""

import http.client
import json
import time
from typing import TYPE_CHECKING, Any, Final

from placet.demo.device import Surprise
from placet.demo.harbour import Berth

if TYPE_CHECKING:
    from placet.demo.walk import Cast

WRITE_KEY: Final = "outfitter-web-write-key"
PATIENCE: Final = 30.0
"""Seconds after which what should arrive has not."""

AGREED: Final = {"C0001": True, "C0002": True, "C0004": True}


def an_event_goes(cast: "Cast") -> None:
    """Ada agreed to measurement and advertising, so both destinations get what happens next."""
    send(cast, "Boots Viewed", "tour-1")
    for berth in cast.harbour.berths:
        wait_for(berth, "messageId", "tour-1")
        cast.api.tell(f"← {berth.name} got it")


def one_is_stopped(cast: "Cast") -> None:
    """She takes advertising back on her phone. Her laptop's page is still open, and stamps its events as before."""
    cast.phone.press("PREFERENCE_CENTER_CONFIRM", {"purposesStatus": [{"groupId": "C0004", "status": False}]})
    cast.phone.holds(C0002=1, C0004=0)
    send(cast, "Boots Bought", "tour-2")
    tally, adlane = cast.harbour.berths
    wait_for(tally, "messageId", "tour-2")
    cast.api.tell(f"← {tally.name} got it")
    told = wait_for(adlane, "type", "consent.withdrawn")
    if any(one.get("messageId") == "tour-2" for one in came(adlane)):
        raise Surprise(f"{adlane.name} got an event that Ada had refused")
    cast.api.tell(f"← {adlane.name} got nothing but the news: {json.dumps(told)}")


def send(cast: "Cast", name: str, id: str) -> None:
    """What a Segment client on the shop's page sends, stamped with what the page knew when it was opened."""
    context = {"consent": {"categoryPreferences": AGREED}}
    event = {"writeKey": WRITE_KEY, "userId": "ada", "event": name, "messageId": id, "context": context}
    status, answer, _ = cast.api.call("POST", "/v1/track", {"Content-Type": "application/json"}, event)
    if status != 200:
        raise Surprise(f"the event was not taken: {status} {answer}")


def wait_for(berth: Berth, field: str, value: str) -> dict[str, Any]:
    """The message that should come to a destination. Raises Surprise when it does not."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = next((one for one in came(berth) if one.get(field) == value), None)
        if found is not None:
            return found
        time.sleep(0.05)
    raise Surprise(f"{berth.name} never got {value}")


def came(berth: Berth) -> list[dict[str, Any]]:
    """What came to a destination so far."""
    connection = http.client.HTTPConnection("127.0.0.1", berth.port, timeout=10)
    try:
        connection.request("GET", "/came")
        found: list[dict[str, Any]] = json.loads(connection.getresponse().read())
        return found
    finally:
        connection.close()
