"""Whoever is suppressed leaves no trace, from the answer on; lifting it lets them in again."""

from typing import Any

import pytest
from msgspec.structs import replace

from placet.errors import Missing
from placet.outputs.destination import Sent
from placet.privacy.withdrawal_state import WithdrawalState
from placet.services.events.delivery_attempt import DeliverySettings
from placet.services.events.explain_event import explain_event
from placet.services.privacy.open_withdrawals import task_of
from placet.services.privacy.run_deletion import run_deletion
from tests.api.admin.conftest import ORGANISATION, Admin
from tests.delivery import deliver

KEY = "outfitter-web-write-key"
AGREED = {"consent": {"categoryPreferences": {"C0002": True, "C0004": True}}}


async def track(admin: Admin, id: str, user: str = "ada") -> None:
    event = {"writeKey": KEY, "userId": user, "event": "A", "messageId": id, "context": AGREED}
    assert (await admin.server.ask("POST", "/v1/track", {}, event)).status == 200


async def regulate(admin: Admin, *users: str, kind: str = "SUPPRESS_ONLY", **more: Any) -> Any:
    body = {"regulationType": kind, "subjectType": "USER_ID", "subjectIds": users} | more
    return await admin.server.ask("POST", "/regulations", await admin.headers("write"), body)


async def sent(admin: Admin) -> int:
    """How many requests leave when the worker has its turn."""
    got = []

    async def take(request: Any) -> Any:
        got.append(request)
        return Sent(200)

    await deliver(admin.server.node.context, DeliverySettings(take), admin.server.clock)
    return len(got)


async def kept(admin: Admin, id: str) -> bool:
    try:
        await explain_event(id, admin.stores)
    except Missing:
        return False
    return True


async def test_a_suppressed_user_leaves_no_trace_and_others_do(admin: Admin) -> None:
    answer = await regulate(admin, "ada")
    assert len(answer.json["data"]["regulateId"]) == 32
    await track(admin, "m1")
    await track(admin, "m2", "berta")
    assert (await kept(admin, "m1"), await kept(admin, "m2")) == (False, True)


async def test_a_crowd_of_other_names_hides_nobody_who_is_suppressed(admin: Admin) -> None:
    """Of many names in one event only some count; whoever is suppressed is suppressed by any of them."""
    await regulate(admin, "ada")
    crowd = [{"id": f"x{n}", "type": f"a{n}", "collection": "users", "encoding": "none"} for n in range(40)]
    event = {"writeKey": KEY, "userId": "ada", "event": "A", "messageId": "m1", "context": {"externalIds": crowd}}
    published_settings = admin.server.node.context.published_settings
    rules = replace(published_settings.source(KEY).source.rules, priority=tuple(f"a{n}" for n in range(40)))
    published_settings.replace_sources(
        [replace(published_settings.source(KEY), source=replace(published_settings.source(KEY).source, rules=rules))]
    )
    assert (await admin.server.ask("POST", "/v1/track", {}, event)).status == 200
    assert not await kept(admin, "m1")


async def test_what_was_queued_before_does_not_leave(admin: Admin) -> None:
    await track(admin, "m1")
    await regulate(admin, "ada")
    assert await sent(admin) == 0
    (told,) = await explain_event("m1", admin.stores)
    assert {one.why for each in told.connections for one in each.outcomes} == {"the person is on the suppression list"}


async def test_lifting_lets_them_in_again(admin: Admin) -> None:
    await regulate(admin, "ada")
    await regulate(admin, "ada", kind="UNSUPPRESS")
    await track(admin, "m1")
    assert await kept(admin, "m1")


async def test_another_workspace_s_users_are_others(admin: Admin) -> None:
    headers = await admin.headers("write", workspace="news")
    body = {"regulationType": "SUPPRESS_ONLY", "subjectType": "USER_ID", "subjectIds": ["ada"]}
    made = await admin.server.ask("POST", "/regulations", headers, body)
    await track(admin, "m1")
    assert await kept(admin, "m1")
    path = f"/regulations/{made.json['data']['regulateId']}"
    assert (await admin.server.ask("GET", path, await admin.headers("read"))).status == 404


async def test_another_node_knows_it_at_its_next_look(admin: Admin) -> None:
    await regulate(admin, "ada")
    admin.server.node.context.published_settings.replace_suppressed(())
    assert await admin.server.refresh()
    assert admin.server.node.context.published_settings.suppresses_anybody


async def test_what_was_asked_for_is_listed_and_names_nobody_to_who_may_not_know(admin: Admin) -> None:
    id = (await regulate(admin, "ada", "berta")).json["data"]["regulateId"]
    read, unmasked = await admin.headers("read"), await admin.headers("read", "unmasked")
    (masked,) = (await admin.server.ask("GET", "/regulations", read)).json["data"]["regulations"]
    (shown,) = (await admin.server.ask("GET", "/regulations", unmasked)).json["data"]["regulations"]
    assert (masked["subjects"], shown["subjects"], shown["status"]) == ([], ["ada", "berta"], "FINISHED")
    one = (await admin.server.ask("GET", f"/regulations/{id}", read)).json["data"]["regulation"]
    assert (one["overallStatus"], one["workspaceId"]) == ("FINISHED", "outfitter")
    found = (await admin.server.ask("GET", "/suppressions", unmasked)).json["data"]["suppressed"]
    assert found == [{"subjectType": "USER_ID", "subjectIds": ["ada", "berta"]}]
    history = [(entry.action, entry.detail) for entry in await admin.stores.catalogue.audit(ORGANISATION)]
    assert ("SUPPRESS_ONLY", "2 users") in history


@pytest.mark.parametrize("more", [
    {"kind": "DELETE_EVERYTHING"},
    {"kind": "DELETE_ARCHIVE_ONLY"},
    {"kind": "DELETE_ONLY", "subjectType": "ANONYMOUS_ID"},
    {"subjectType": "OBJECT_ID"},
    {"subjectIds": []},
    {"subjectIds": [""]},
    {"subjectIds": ["x"] * 5001},
    {"subjectIds": [7]},
])  # fmt: skip
async def test_what_cannot_be_carried_out_is_refused(admin: Admin, more: dict[str, Any]) -> None:
    answer = await regulate(admin, "ada", **more)
    assert (answer.status, answer.json["errors"][0]["type"]) == (422, "validation-error")
    assert not admin.server.node.context.published_settings.suppresses_anybody


async def listed(admin: Admin, query: str = "", path: str = "/regulations") -> list[dict[str, Any]]:
    answer = await admin.server.ask("GET", f"{path}?{query}", await admin.headers("read"))
    found: list[dict[str, Any]] = answer.json["data"]["regulations"]
    return found


async def carry_out(admin: Admin) -> None:
    """All steps of what was asked for, with the pause between them."""
    context, clock = admin.server.node.context, admin.server.clock
    for _ in range(2):
        while await run_deletion(context, clock, task_of, 60_000):
            continue
        clock.wait(60_000)


async def test_a_list_is_cut_to_a_status_and_to_types(admin: Admin) -> None:
    await regulate(admin, "ada")
    await regulate(admin, "ada", kind="DELETE_ONLY")
    assert [one["regulationType"] for one in await listed(admin, "status=RUNNING")] == ["DELETE_ONLY"]
    assert [one["regulationType"] for one in await listed(admin, "status=FINISHED")] == ["SUPPRESS_ONLY"]
    assert [one["regulationType"] for one in await listed(admin, "regulationTypes[0]=SUPPRESS_ONLY")] == [
        "SUPPRESS_ONLY"
    ]
    assert len(await listed(admin, "regulationTypes=SUPPRESS_ONLY&regulationTypes=DELETE_ONLY")) == 2


async def paged(admin: Admin, path: str, size: int) -> list[list[Any]]:
    """Every page of a list, each asked for by the cursor the one before told."""
    pages, cursor = [], "c0"
    while cursor and len(pages) < 20:
        query = f"pagination[count]={size}&pagination[cursor]={cursor}"
        data = (await admin.server.ask("GET", f"{path}?{query}", await admin.headers("read", "unmasked"))).json["data"]
        assert data["pagination"]["current"] == cursor
        pages.append(data[path.strip("/").replace("suppressions", "suppressed")])
        cursor = data["pagination"].get("next", "")
    return pages


@pytest.mark.parametrize("size, sizes", [(2, [2, 2, 1]), (5, [5]), (1, [1] * 5)])
async def test_lists_are_told_page_by_page(admin: Admin, size: int, sizes: list[int]) -> None:
    users = ["a b", "c0", "c1", "u", "ü"]
    for user in users:
        await regulate(admin, user)
        admin.server.clock.wait(1)
    pages = await paged(admin, "/regulations", size)
    assert [len(page) for page in pages] == sizes
    assert [one["subjects"] for page in pages for one in page] == [[user] for user in reversed(users)]
    pages = await paged(admin, "/suppressions", size)
    assert [one for (named,) in pages for one in named["subjectIds"]] == users


@pytest.mark.parametrize("path, cursor", [("regulations", "c1"), ("regulations", "zz"), ("suppressions", "uzz"),
                                          ("suppressions", "c1"), ("suppressions", "uff")])  # fmt: skip
async def test_a_cursor_of_somebody_else_s_is_refused(admin: Admin, path: str, cursor: str) -> None:
    headers = await admin.headers("read", "unmasked")
    answer = await admin.server.ask("GET", f"/{path}?pagination[cursor]={cursor}", headers)
    assert (answer.status, answer.json["errors"][0]["type"]) == (422, "validation-error")


async def test_how_far_a_deletion_has_come_is_told_destination_by_destination(admin: Admin) -> None:
    await track(admin, "m1")
    assert await sent(admin) > 0
    id = (await regulate(admin, "ada", kind="DELETE_ONLY")).json["data"]["regulateId"]

    async def look() -> dict[str, Any]:
        answer = await admin.server.ask("GET", f"/regulations/{id}", await admin.headers("read"))
        found: dict[str, Any] = answer.json["data"]["regulation"]
        return found

    begun = await look()
    assert (begun["overallStatus"], begun["streamStatus"], "finishedAt" in begun) == ("RUNNING", [], False)
    await carry_out(admin)
    told = await look()
    (stream,) = told["streamStatus"]
    assert told["overallStatus"] == "RUNNING"
    assert {one["status"] for one in stream["destinationStatus"]} == {"INITIALIZED"}
    holdings, states = admin.stores.holdings, [WithdrawalState.UNSUPPORTED, WithdrawalState.ACKNOWLEDGED]
    for one, state in zip(await holdings.of_regulation(bytes.fromhex(id)), states, strict=False):
        await holdings.settle([], one.id, state, admin.server.clock.at, 1, "it knows no way")
    half = await look()
    assert half["overallStatus"] == "FAILED"
    shown = sorted((one["status"], one["errString"]) for one in half["streamStatus"][0]["destinationStatus"])
    assert shown[-1] == ("NOT_SUPPORTED", "it knows no way")
    for one in await holdings.of_regulation(bytes.fromhex(id)):
        await holdings.settle([], one.id, WithdrawalState.ACKNOWLEDGED, admin.server.clock.at, 1)
    done = await look()
    assert (done["overallStatus"], "finishedAt" in done) == ("FINISHED", True)


async def test_what_is_asked_of_one_source_is_listed_there(admin: Admin) -> None:
    (source, *_) = admin.server.node.context.published_settings.sources_of(ORGANISATION, "outfitter")
    path, headers = f"/regulations/sources/{source}", await admin.headers("write")
    body = {"regulationType": "DELETE_ARCHIVE_ONLY", "subjectType": "ANONYMOUS_ID", "subjectIds": ["d1"]}
    made = await admin.server.ask("POST", path, headers, body)
    (shown,) = await listed(admin, path=path)
    assert (shown["id"], shown["subjectType"]) == (made.json["data"]["regulateId"], "ANONYMOUS_ID")
    assert await listed(admin) == []
    missing = await admin.server.ask("POST", "/regulations/sources/never", headers, body)
    assert missing.status == 404


async def test_objects_of_cloud_sources_are_refused(admin: Admin) -> None:
    body = {"regulationType": "DELETE_ONLY", "subjectType": "OBJECT_ID", "subjectIds": ["o"], "collection": "c"}
    answer = await admin.server.ask("POST", "/regulations/cloudsources/web", await admin.headers("write"), body)
    assert (answer.status, answer.json["errors"][0]["type"]) == (422, "validation-error")
