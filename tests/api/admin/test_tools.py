"""Tools see and change their own workspace, within their roles; what they change is written into the history."""

from typing import Any

import msgspec
import pytest

from placet.app.admin import admin_routes
from placet.outputs.destination import Rejected
from placet.services.events.delivery_attempt import DeliverySettings
from placet.services.events.explain_event import explain_event
from tests.api.admin.conftest import ORGANISATION, Admin
from tests.delivery import deliver

KEY = "outfitter-web-write-key"
NEW = {"sourceId": "shop-events", "title": "T", "enabled": True, "if": "all", "actions": [{"type": "DROP"}]}


def agreed(*categories: str) -> dict[str, Any]:
    return {"consent": {"categoryPreferences": {one: one in categories for one in ("C0002", "C0004")}}}


async def track(admin: Admin, id: str, **more: Any) -> None:
    event = {"writeKey": KEY, "userId": "ada", "event": "A", "messageId": id, "context": agreed("C0002"), **more}
    assert (await admin.server.ask("POST", "/v1/track", {}, event)).status == 200


async def refuse(admin: Admin) -> None:
    """Whatever is due is refused by its destination."""

    async def take(_request: Any) -> Any:
        return Rejected("it answered 400")

    await deliver(admin.server.node.context, DeliverySettings(take), admin.server.clock)


ROUTES = [
    ("GET", "/v1/stream", "read"),
    ("GET", "/api/events/m1", "read"),
    ("GET", "/api/events", "read"),
    ("GET", "/api/dead-letters", "read"),
    ("GET", "/api/withdrawals", "read"),
    ("GET", "/api/breakers", "read"),
    ("POST", "/api/preview", "read"),
    ("POST", "/api/what-if", "read"),
    ("POST", "/api/dead-letters/replay", "write"),
    ("POST", f"/api/withdrawals/{'0' * 32}/acknowledge", "write"),
    ("GET", "/destination/tally/filters", "read"),
    ("POST", "/destination/tally/filters", "write"),
    ("GET", "/destination/tally/filters/f", "read"),
    ("PATCH", "/destination/tally/filters/f", "write"),
    ("DELETE", "/destination/tally/filters/f", "write"),
    ("POST", "/destination/filters/preview", "read"),
    ("POST", "/regulations", "write"),
    ("GET", "/regulations", "read"),
    ("GET", f"/regulations/{'0' * 32}", "read"),
    ("POST", "/regulations/sources/web", "write"),
    ("GET", "/regulations/sources/web", "read"),
    ("POST", "/regulations/cloudsources/web", "write"),
    ("GET", "/suppressions", "unmasked"),
]


@pytest.mark.parametrize("method, path, role", ROUTES)
async def test_no_route_answers_without_a_token_that_allows_it(admin: Admin, method: str, path: str, role: str) -> None:
    assert (await admin.server.ask(method, path)).status == 401
    wrong = await admin.headers(*(one for one in ("read", "write", "unmasked") if one != role))
    assert (await admin.server.ask(method, path, wrong)).status == 403


async def test_every_route_of_the_administration_is_in_the_list_above(admin: Admin) -> None:
    node = admin.server.node
    ours = admin_routes(node.context, node.dialects.admit, node.workers.breakers, admin.server.clock)
    assert len(ours) == len(ROUTES) - 1


async def test_a_token_that_ran_out_or_was_revoked_opens_nothing(admin: Admin) -> None:
    headers = {"Authorization": f"Bearer {await admin.token('read', days=1)}"}
    assert (await admin.server.ask("GET", "/api/breakers", headers)).status == 200
    admin.server.clock.wait(86_400_000)
    assert (await admin.server.ask("GET", "/api/breakers", headers)).status == 401


async def test_an_explanation_is_what_the_command_says(admin: Admin) -> None:
    await track(admin, "m1")
    answer = await admin.server.ask("GET", "/api/events/m1", await admin.headers("read"))
    assert answer.body == msgspec.json.encode(await explain_event("m1", admin.stores))
    assert all(one["agree"] for told in answer.json for one in told["connections"])


@pytest.mark.parametrize("workspace, id", [("news", "m1"), ("outfitter", "m2")])
async def test_nobody_s_events_are_explained_to_another_workspace(admin: Admin, workspace: str, id: str) -> None:
    await track(admin, "m1")
    headers = await admin.headers("read", workspace=workspace)
    assert (await admin.server.ask("GET", f"/api/events/{id}", headers)).status == 404


@pytest.mark.parametrize("groups, verdict", [
    ("C0001:1,C0002:1", "Allowed"),
    ("C0001:1,C0002:0", "Held"),
    (None, "Held"),
])  # fmt: skip
async def test_an_event_is_tried_on_a_whole_connection(admin: Admin, groups: str | None, verdict: str) -> None:
    event = {"type": "track", "event": "A", "context": {"onetrust": groups} if groups else {}}
    body = {"source": "shop-events", "connection": "shop-tally", "event": event}
    answer = await admin.server.ask("POST", "/api/preview", await admin.headers("read"), body)
    assert answer.json["verdict"]["type"] == verdict
    assert (answer.json["result"] is not None) == (verdict == "Allowed")


async def test_an_event_is_tried_on_a_connection_as_it_might_be(admin: Admin) -> None:
    event = {"type": "track", "event": "A", "context": {"onetrust": "C0002:1"}}
    draft = {"connections": {"shop-tally": {"filter": "event = 'B'"}}}
    body = {"source": "shop-events", "connection": "shop-tally", "event": event, "draft": draft}
    answer = await admin.server.ask("POST", "/api/preview", await admin.headers("read"), body)
    assert answer.json["verdict"]["step"] == "filters"


@pytest.mark.parametrize("body, status", [
    ({"source": "nowhere", "connection": "x", "event": {}}, 404),
    ({"source": "shop-events", "connection": "nowhere", "event": {}}, 404),
    ({"source": "shop-events", "connection": "shop-tally", "event": {"type": "party"}}, 400),
    ({"source": "shop-events", "connection": "shop-tally", "event": {},
      "draft": {"connections": {"shop-tally": {"filter": "((("}}}}, 400),
    ({"source": "shop-events", "connection": "shop-tally", "event": {},
      "draft": {"connections": {"shop-tally": {"purposes": ["unheard"]}}}}, 400),
    ({"source": "shop-events", "connection": "shop-tally", "event": {},
      "draft": {"connections": {"shop-tally": {"colour": "red"}}}}, 400),
    ({"source": "shop-events", "connection": "shop-tally", "event": {}, "draft": {"categories": {"C9": "x"}}}, 400),
    (b"{", 400),
])  # fmt: skip
async def test_a_trial_that_cannot_be_made_says_why(admin: Admin, body: Any, status: int) -> None:
    answer = await admin.server.ask("POST", "/api/preview", await admin.headers("read"), body)
    assert (answer.status, bool(answer.json["error"])) == (status, True)


async def test_a_draft_is_tried_on_what_was_stored_and_shows_what_would_pass_and_be_held(admin: Admin) -> None:
    await track(admin, "m1")
    await track(admin, "m2", context=agreed("C0002", "C0004"))
    await track(admin, "m3", context=agreed())
    proposal = {"connections": {"shop-adlane": {"purposes": ["measurement"], "filter": ""},
                                "shop-tally": {"filter": "messageId = 'm1'"}}}  # fmt: skip
    body = {"source": "shop-events", "draft": proposal, "last": 100}
    answer = await admin.server.ask("POST", "/api/what-if", await admin.headers("read"), body)
    found = {one["connection"]: one for one in answer.json["connections"]}
    assert [found["shop-adlane"][name] for name in ("looked_at", "passed_before", "pass_after", "opened")] == [
        3,
        1,
        2,
        1,
    ]
    assert [found["shop-tally"][name] for name in ("passed_before", "pass_after", "closed")] == [2, 1, 1]
    assert found["shop-tally"]["samples"][0]["event"] == "m2"


async def test_a_draft_of_the_mapping_is_tried_with_what_people_agreed_to_at_the_time(admin: Admin) -> None:
    await track(admin, "m1")
    body = {"source": "shop-events", "draft": {"categories": {"C0002": "advertising", "C0004": "measurement"}}}
    answer = await admin.server.ask("POST", "/api/what-if", await admin.headers("read"), body)
    found = {one["connection"]: one for one in answer.json["connections"]}
    assert (found["shop-tally"]["closed"], found["shop-adlane"]["opened"]) == (1, 1)


async def test_only_the_newest_events_are_tried(admin: Admin) -> None:
    for n in range(30):
        await track(admin, f"m{n}")
    body = {"source": "shop-events", "draft": {}, "last": 7}
    answer = await admin.server.ask("POST", "/api/what-if", await admin.headers("read"), body)
    assert {one["looked_at"] for one in answer.json["connections"]} == {7}


async def test_dead_letters_are_shown_to_their_workspace_and_replayed_by_who_may_write(admin: Admin) -> None:
    await track(admin, "m1")
    await refuse(admin)
    read, write = await admin.headers("read"), await admin.headers("write")
    (letter,) = (await admin.server.ask("GET", "/api/dead-letters", read)).json["dead_letters"]
    assert (letter["connection"], letter["event"], letter["why"]) == ("shop-tally", "m1", "it answered 400")
    stranger = await admin.headers("write", "read", workspace="news")
    assert (await admin.server.ask("GET", "/api/dead-letters", stranger)).json == {"dead_letters": []}
    theft = await admin.server.ask("POST", "/api/dead-letters/replay", stranger, {"id": letter["id"]})
    assert theft.status == 404
    done = await admin.server.ask("POST", "/api/dead-letters/replay", write, {"id": letter["id"]})
    assert done.json == {"replayed": 1}
    newest = (await admin.stores.catalogue.audit(ORGANISATION))[0]
    assert (newest.by, newest.action, newest.subject) == ("token tool 2", "replay", letter["id"])


async def test_all_dead_letters_of_a_connection_are_replayed(admin: Admin) -> None:
    await track(admin, "m1")
    await track(admin, "m2")
    await refuse(admin)
    write = await admin.headers("write")
    body = {"source": "shop-events", "connection": "shop-tally"}
    assert (await admin.server.ask("POST", "/api/dead-letters/replay", write, body)).json == {"replayed": 2}
    assert (await admin.server.ask("POST", "/api/dead-letters/replay", write, {})).status == 400


@pytest.mark.parametrize("path", [
    "/api/dead-letters?limit=0", "/api/dead-letters?after=xyz",
    "/api/withdrawals?state=lost", "/api/withdrawals?before=1",
])  # fmt: skip
async def test_a_question_nobody_can_answer_is_refused(admin: Admin, path: str) -> None:
    assert (await admin.server.ask("GET", path, await admin.headers("read"))).status == 400


async def test_a_filter_a_tool_makes_holds_events_from_the_next_refresh_on(admin: Admin) -> None:
    new = {
        "sourceId": "shop-events",
        "title": "No A",
        "enabled": True,
        "if": "event = 'A'",
        "actions": [{"type": "DROP"}],
    }
    write = await admin.headers("write")
    made = (await admin.server.ask("POST", "/destination/tally/filters", write, new)).json["data"]["filter"]
    await admin.server.refresh()
    await track(admin, "m1")
    (told,) = await explain_event("m1", admin.stores)
    tally = next(one for one in told.connections if one.again.connection == "shop-tally")
    assert tally.then.path == f"connections/shop-tally/filters/{made['id']}"
    assert tally.agree
    newest = (await admin.stores.catalogue.audit(ORGANISATION))[0]
    assert (newest.by, newest.action) == ("token tool 1", "apply")
    assert "shop-tally" in newest.detail


@pytest.mark.parametrize("path, body, status", [
    ("/destination/nowhere/filters", {"sourceId": "shop-events"}, 404),
    ("/destination/tally/filters", {"sourceId": "nowhere"}, 404),
    ("/destination/tally/filters", {"actions": []}, 422),
    ("/destination/tally/filters", {"title": "x" * 65}, 422),
    ("/destination/tally/filters", {"actions": [{"type": "SAMPLE", "percent": 2}]}, 422),
    ("/destination/tally/filters", {"actions": [{"type": "EXPLODE"}]}, 422),
])  # fmt: skip
async def test_a_filter_that_will_not_do_is_refused(admin: Admin, path: str, body: dict[str, Any], status: int) -> None:
    answer = await admin.server.ask("POST", path, await admin.headers("write"), NEW | body)
    assert (answer.status, answer.json["errors"][0]["status"]) == (status, status)


async def test_a_destination_has_ten_filters_at_most(admin: Admin) -> None:
    write = await admin.headers("write")
    statuses = [(await admin.server.ask("POST", "/destination/tally/filters", write, NEW)).status for _ in range(11)]
    assert statuses == [200] * 10 + [422]
    read = await admin.headers("read")
    page = await admin.server.ask("GET", "/destination/tally/filters?pagination[count]=4&pagination[cursor]=c4", read)
    assert len(page.json["data"]["filters"]) == 4
    assert page.json["data"]["pagination"] == {"current": "c4", "totalEntries": 10, "next": "c8", "previous": "c0"}


async def test_segment_s_media_types_are_echoed(admin: Admin) -> None:
    headers = await admin.headers("read") | {"Accept": "application/vnd.segment.v1beta+json"}
    answer = await admin.server.ask("GET", "/destination/tally/filters", headers)
    assert answer.headers["content-type"] == "application/vnd.segment.v1beta+json"


async def test_events_are_listed_for_the_bearers_workspace_only(admin: Admin) -> None:
    for number in range(3):
        await track(admin, f"m{number}")
    headers = await admin.headers("read")
    path = "/api/events?source=shop-events&limit=2"
    first = (await admin.server.ask("GET", path, headers)).json
    assert [one["id"] for one in first["events"]] == ["m2", "m1"]
    rest = (await admin.server.ask("GET", f"{path}&cursor={first['next']}", headers)).json
    assert ([one["id"] for one in rest["events"]], rest["next"]) == (["m0"], "")
    other = await admin.headers("read", workspace="news")
    assert (await admin.server.ask("GET", path, other)).status == 400
    assert (await admin.server.ask("GET", f"{path}&held=perhaps", headers)).status == 400
    held = (await admin.server.ask("GET", f"{path}&held=true", headers)).json["events"]
    assert all(one["held"] and one["held"][0]["reason"] for one in held)
