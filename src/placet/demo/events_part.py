"""The tour's last part: events on their way to destinations, and what stops them."""

import http.client
import json
import time
from typing import TYPE_CHECKING, Any, Final

from placet.demo.device import Surprise
from placet.demo.sample_destinations import SampleServer

if TYPE_CHECKING:
    from placet.demo.cast import Cast

WRITE_KEY: Final = "outfitter-web-write-key"
TIMEOUT_SECONDS: Final = 30.0
"""Seconds after which what should arrive has not."""

AGREED: Final = {"C0001": True, "C0002": True, "C0004": True}


def an_event_goes(cast: "Cast") -> None:
    """Ada agreed to measurement and advertising, so both destinations get what happens next."""
    send(cast, "Boots Viewed", "tour-1")
    for server in cast.destinations.servers:
        wait_for(server, "messageId", "tour-1")
        cast.api.tell(f"← {server.name} got it")


def one_is_stopped(cast: "Cast") -> None:
    """She takes advertising back on her phone. Her laptop's page is still open, and stamps its events as before."""
    cast.phone.choose("PREFERENCE_CENTER_CONFIRM", {"purposesStatus": [{"groupId": "C0004", "status": False}]})
    cast.phone.holds(C0002=1, C0004=0)
    send(cast, "Boots Bought", "tour-2")
    count, adlane = cast.destinations.servers
    wait_for(count, "messageId", "tour-2")
    cast.api.tell(f"← {count.name} got it")
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


def wait_for(server: SampleServer, field: str, value: str) -> dict[str, Any]:
    """The message that should come to a destination. Raises Surprise when it does not."""
    until = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < until:
        found = next((one for one in came(server) if one.get(field) == value), None)
        if found is not None:
            return found
        time.sleep(0.05)
    raise Surprise(f"{server.name} never got {value}")


def came(server: SampleServer) -> list[dict[str, Any]]:
    """What came to a destination so far."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", "/came")
        found: list[dict[str, Any]] = json.loads(connection.getresponse().read())
        return found
    finally:
        connection.close()
