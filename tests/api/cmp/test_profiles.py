"""Reads of profiles by identifier: both generations, ETags, and what is said when there is none (cmp-api.md §15.3)."""

from typing import Any

import pytest

from tests.api.cmp.device import Device, confirm
from tests.api.node_context import Answer, Server, token

WHO = "shopper-42"
HOUSEHOLD, SCREENS = "5047449c-3852-4691-b7a2-c8b0ebfae699", "fe935d4f-f5c8-400a-9322-013dcd172054"
MEASUREMENT, ADVERTISING = "883e1831-8659-4ee8-b233-78948935188d", "21191b4c-2668-403e-b828-bcfbd676941f"
NECESSARY, EMBEDDED = "db298d45-663d-4e6c-a678-13297fd80b0c", "61bf5cd4-d9f7-4289-80a5-5193002e8b8f"


async def read(server: Server, path: str = "/v1/preferences", who: str = WHO, **headers: str) -> Answer:
    """A read of a profile, by its rightful owner."""
    known = {"tenantId": server.organisation.id, "identifier": who, "Authorization": f"Bearer {token(who)}"}
    return await server.ask("GET", path, known | {name.replace("_", "-"): value for name, value in headers.items()})


async def chosen(server: Server, **groups: bool) -> Device:
    """A phone on which a known person chose."""
    phone = Device(server, who=WHO, proof=token(WHO))
    await phone.press("PREFERENCE_CENTER_CONFIRM", confirm(**groups))
    return phone


def by_id(answer: Answer) -> dict[str, Any]:
    """The preferences of a version 1 answer by purpose."""
    return {one["id"]: one for one in answer.json["preferences"]}


async def test_nobody_yet_is_a_200_with_empty_lists(server: Server) -> None:
    assert (await read(server)).json == {"preferences": [], "syncGroups": {}}
    assert (await read(server, "/v2/preferences")).json == []


async def test_version_1_tells_every_purpose_of_the_group(server: Server) -> None:
    await chosen(server, C0002=True)
    told = by_id(await read(server, f"/v1/preferences?syncGroup={HOUSEHOLD}"))

    assert {id: told[id]["status"] for id in (NECESSARY, MEASUREMENT, ADVERTISING, EMBEDDED)} == {
        NECESSARY: "ALWAYS_ACTIVE",
        MEASUREMENT: "ACTIVE",
        ADVERTISING: "OPT_OUT",
        EMBEDDED: "NO_CONSENT",
    }
    assert told[MEASUREMENT] == {
        "id": MEASUREMENT,
        "purposeVersion": 1,
        "status": "ACTIVE",
        "topics": [],
        "consentDate": "2026-03-04T04:53:20.000Z",
        "lastInteractionDate": "2026-03-04T04:53:20.000Z",
        "purposeLastUpdatedDate": "2026-03-04T04:53:20.000Z",
        "customPreferences": {},
    }
    assert "consentDate" not in told[EMBEDDED]


async def test_version_1_names_the_place_of_the_last_choice(server: Server) -> None:
    phone = Device(server, who=WHO, proof=token(WHO), country="DE", region="BE")
    await phone.press("BANNER_ALLOW_ALL")
    told = (await read(server)).json

    place = told["latestGeoLocation"]
    assert (place["country"], place["state"]) == ("DE", "BE")
    assert set(place) == {"receiptGuid", "country", "state", "stateName"}
    assert set(told) == {"preferences", "syncGroups", "latestGeoLocation", "dataElements"}


async def test_version_2_is_an_array_of_one_subject(server: Server) -> None:
    await chosen(server, C0002=True)
    (told,) = (await read(server, "/v2/preferences")).json

    assert set(told) == {
        "identifier",
        "identifierType",
        "dataElements",
        "additionalIdentifiers",
        "purposes",
        "latestGeolocation",
        "language",
        "metadata",
    }
    assert told["identifier"] == WHO
    assert told["metadata"] == {"lastReceiptDate": "2026-03-04T04:53:20.000Z", "isFullyProcessed": True}
    statuses = {one["id"]: one["status"] for one in told["purposes"]}
    assert (statuses[MEASUREMENT], statuses[ADVERTISING]) == ("ACTIVE", "OPT_OUT")


@pytest.mark.parametrize("name", ["syncGroup", "syncgroup", "SYNCGROUP"])
@pytest.mark.parametrize("upper", [False, True])
async def test_the_sync_group_is_read_in_any_letter_case(server: Server, name: str, upper: bool) -> None:
    await chosen(server, C0002=True)
    group = HOUSEHOLD.upper() if upper else HOUSEHOLD

    assert by_id(await read(server, f"/v1/preferences?{name}={group}"))[MEASUREMENT]["status"] == "ACTIVE"


async def test_another_group_of_the_person_has_a_profile_of_its_own(server: Server) -> None:
    await chosen(server, C0002=True)

    assert (await read(server, f"/v1/preferences?syncGroup={SCREENS}")).json["preferences"] == []


@pytest.mark.parametrize("group", ["00000000-0000-4000-8000-000000000000", "nonsense", "%00"])
async def test_a_group_that_is_not_in_use_is_a_204_without_a_body(server: Server, group: str) -> None:
    answer = await read(server, f"/v1/preferences?syncGroup={group}")

    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize("path", ["/v1/preferences", "/v2/preferences"])
async def test_an_etag_saves_the_body_until_something_changes(server: Server, path: str) -> None:
    phone = await chosen(server, C0002=True)
    first = await read(server, path)
    same = await read(server, path, If_None_Match=first.headers["etag"])
    listed = await read(server, path, If_None_Match=f'"other", {first.headers["etag"]}')
    weak = await read(server, path, If_None_Match=f"W/{first.headers['etag']}")
    server.clock.wait(1000)
    await phone.press("PREFERENCE_CENTER_CONFIRM", confirm(C0002=False))
    changed = await read(server, path, If_None_Match=first.headers["etag"])

    assert [answer.status for answer in (first, same, listed, weak, changed)] == [200, 304, 304, 304, 200]
    assert same.body == b""
    assert same.headers["etag"] == first.headers["etag"] != changed.headers["etag"]


async def test_one_persons_etag_is_never_anothers(server: Server) -> None:
    tags = {(await read(server, who=who)).headers["etag"] for who in ("anna", "bert")}

    assert len(tags) == 2


@pytest.mark.parametrize("missing", ["tenantId", "identifier", "Authorization"])
@pytest.mark.parametrize("path", ["/v1/preferences", "/v2/preferences"])
async def test_a_missing_header_is_a_401(server: Server, path: str, missing: str) -> None:
    answer = await read(server, path, **{missing: ""})

    assert answer.status == 401
    assert answer.json["errors"][0]["message"].startswith(
        "Missing either or all of TenantId or Identifier or Authorization"
    )


@pytest.mark.parametrize("tenant", ["00000000-0000-4000-8000-000000000000", "nonsense"])
async def test_a_tenant_nobody_knows_is_a_401(server: Server, tenant: str) -> None:
    assert (await read(server, tenantId=tenant)).status == 401


async def test_the_tenant_and_the_headers_are_read_in_any_letter_case(server: Server) -> None:
    await chosen(server, C0002=True)
    headers = {"TENANTID": server.organisation.id.upper(), "Identifier": WHO, "authorization": token(WHO)}

    assert (await server.ask("GET", "/v1/preferences", headers)).json["preferences"]


async def test_an_identifier_may_have_letters_of_any_script(server: Server) -> None:
    name = "müller@例え.jp"
    phone = Device(server, who=name, proof=token(name))
    await phone.press("BANNER_ALLOW_ALL")

    assert by_id(await read(server, who=name))[MEASUREMENT]["status"] == "ACTIVE"


async def test_universal_purposes_stand_among_the_others(server: Server) -> None:
    phone, news = Device(server, who=WHO, proof=token(WHO)), "0c525ea1-096d-49e2-a7fd-ae2fc0268a70"
    weekly, how_often = "bc8b1b9d-fdb4-46e1-b148-69fe19386243", "accfba41-6075-4622-b6e9-ae7d9f5dde05"
    options = [{"id": how_often, "options": [{"id": weekly, "status": True}]}]
    await phone.press(
        "UC_PREFERENCE_CENTER_CONFIRM",
        {"ucPurposesStatus": [{"id": news, "status": True, "customPreferences": options}]},
    )
    told = by_id(await read(server))[news]

    assert told["status"] == "ACTIVE"
    assert told["customPreferences"] == {how_often: [weekly]}
    assert told["expiryDate"] == "2028-03-03T04:53:20.000Z"


async def test_consent_that_ran_out_is_told_as_expired(server: Server) -> None:
    phone, news = Device(server, who=WHO, proof=token(WHO)), "0c525ea1-096d-49e2-a7fd-ae2fc0268a70"
    await phone.press("UC_PREFERENCE_CENTER_CONFIRM", {"ucPurposesStatus": [{"id": news, "status": True}]})
    before = await read(server)
    server.clock.wait(731 * 86_400_000)
    after = await read(server, If_None_Match=before.headers["etag"])

    assert by_id(after)[news]["status"] == "EXPIRED"


async def test_a_test_publication_answers_nothing_here(server: Server) -> None:
    tester = Device(server, test=True, who=WHO, proof=token(WHO))
    await tester.press("BANNER_ALLOW_ALL")

    assert (await read(server)).json == {"preferences": [], "syncGroups": {}}


async def test_a_site_that_is_only_tried_out_hides_no_profile_of_production(server: Server) -> None:
    await chosen(server, C0002=True)
    published_settings = server.node.context.published_settings
    first = min(
        one.app_id for one in published_settings.groups(server.organisation.id)[HOUSEHOLD] for one in [one.publication]
    )
    rest = {app_id: one for app_id, one in published_settings.current().items() if app_id != first}
    published_settings.replace(
        published_settings.revision, rest, {server.organisation.id: published_settings.keyring(server.organisation.id)}
    )

    assert by_id(await read(server))[MEASUREMENT]["status"] == "ACTIVE"


async def test_profiles_are_not_cached_by_anybody_else(server: Server) -> None:
    assert (await read(server)).headers["cache-control"] == "private, no-cache"
