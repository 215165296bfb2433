"""Two organisations in one store: nothing of one can be read, written or proven with what is the other's.

Both have a person of the same identifier, and a consent group of the same GUID.
"""

from typing import Any

import pytest
from msgspec.structs import replace

from placet.app.derived_secrets import secrets_of
from placet.formats.crypto.jwt_sign import sign_collection_point
from placet.services.settings.publish_settings import ApplyRefused, apply
from placet.services.settings.published_sites import Author
from placet.settings.organisation import Organisation
from tests.api.cmp.device import Device, opened, problem, why
from tests.api.cmp.test_receipts import PATH, point
from tests.api.node_context import MASTER, Answer, Server, put_live, secrets_for, start, token
from tests.small_organisation import small

WHO = "shopper-42"
GROUP = "5047449c-3852-4691-b7a2-c8b0ebfae699"
OTHERS_SECRET = "the other organisation's secret, long enough and not the first one's"
OTHERS_APP = "55555555-5555-4555-8555-555555555555"
SHOPS_ADVERTISING = "21191b4c-2668-403e-b828-bcfbd676941f"
PROFILES = ["/v1/preferences", f"/v1/preferences?syncGroup={GROUP}", "/v2/preferences"]


def others() -> Organisation:
    """A second organisation whose consent group has the very GUID of the first one's."""
    organisation = small()
    groups = tuple(replace(group, guid=GROUP) for group in organisation.consent_groups)
    return replace(organisation, consent_groups=groups)


class Other(Device):
    """A device of the other organisation."""

    @property
    def app_id(self) -> str:
        """The other organisation's website."""
        return OTHERS_APP


@pytest.fixture
async def two() -> Any:
    """Both organisations on one server; the person has refused everything at the first and nothing at the second."""
    server = await start()
    await put_live(others(), server.node.context.stores, server.clock(), secret=OTHERS_SECRET)
    await server.refresh()
    yield server
    await server.node.close()


def theirs(who: str = WHO) -> str:
    """A token that the other organisation's login made."""
    return token(who, OTHERS_SECRET)


async def read(server: Server, path: str, tenant: str, proof: str) -> Answer:
    """A read of the person's profile."""
    return await server.ask("GET", path, {"tenantId": tenant, "identifier": WHO, "Authorization": proof})


async def refuse_at_the_first(server: Server) -> Device:
    """The person refuses everything at Northwind."""
    phone = Device(server, who=WHO, proof=token(WHO))
    await phone.press("BANNER_REJECT_ALL")
    return phone


@pytest.mark.parametrize("path", PROFILES)
async def test_a_profile_is_read_only_with_its_own_tenants_token(two: Server, path: str) -> None:
    await refuse_at_the_first(two)
    ours, other = two.organisation.id, others().id

    assert (await read(two, path, ours, token(WHO))).status == 200
    assert (await read(two, path, ours, theirs())).status == 401
    assert (await read(two, path, other, token(WHO))).status == 401
    empty = await read(two, path, other, theirs())
    assert empty.status == 200
    assert empty.json in ([], {"preferences": [], "syncGroups": {}})


async def test_the_same_person_has_two_profiles_under_one_group_guid(two: Server) -> None:
    await refuse_at_the_first(two)
    tablet = Other(two, who=WHO, proof=theirs())
    assert why(await tablet.look()) == (True, 101)
    await tablet.press("BANNER_ALLOW_ALL")

    ours = (await read(two, PROFILES[1], two.organisation.id, token(WHO))).json["preferences"]
    other = (await read(two, PROFILES[1], others().id, theirs())).json["preferences"]
    assert not {one["id"] for one in ours} & {one["id"] for one in other}
    assert {one["status"] for one in ours if one["id"] == SHOPS_ADVERTISING} == {"OPT_OUT"}
    assert {one["status"] for one in other if one["id"] != "44444444-4444-4444-8444-444444444444"} == {
        "ALWAYS_ACTIVE",
        "ACTIVE",
    }


@pytest.mark.parametrize("route", ["banner", "preferences", "vendors"])
async def test_the_others_token_leaves_a_read_anonymous(two: Server, route: str) -> None:
    await refuse_at_the_first(two)
    said = await Device(two, who=WHO, proof=theirs()).look(route)

    assert why(said) == (True, 101)
    assert opened(said["otConsentString"])["isAnonymous"] == 1


async def test_the_others_token_leaves_universal_purposes_anonymous(two: Server) -> None:
    await refuse_at_the_first(two)

    assert "OT_LastConsentedDate" not in (await Device(two, who=WHO, proof=theirs()).look("uc-purposes"))["storageKeys"]


@pytest.mark.parametrize("interaction", ["BANNER_ALLOW_ALL", "SYNC_PROFILE"])
async def test_the_others_token_writes_nothing(two: Server, interaction: str) -> None:
    await refuse_at_the_first(two)
    two.clock.wait(1000)
    thief = Device(two, who=WHO, proof=theirs())
    await thief.press("BANNER_ALLOW_ALL")
    await thief.press(interaction)

    owner = await Device(two, who=WHO, proof=token(WHO)).look()
    assert owner["storageKeys"]["OT_GroupConsents"]["C0004"] == 0


@pytest.mark.parametrize("route", ["banner", "preferences", "vendors", "uc-purposes"])
async def test_one_organisations_memory_is_refused_by_the_others_app(two: Server, route: str) -> None:
    phone = await refuse_at_the_first(two)

    stranger = Other(two, memory=phone.memory)
    assert problem(await stranger.ask(route)) == (400, "ERROR_CODE_INVALID_OT_CONSENT_STRING")
    assert problem(await stranger.post("BANNER_ALLOW_ALL")) == (400, "ERROR_CODE_INVALID_OT_CONSENT_STRING")
    assert problem(await stranger.send_form("sam@example.org")) == (400, "ERROR_CODE_INVALID_OT_CONSENT_STRING")


@pytest.mark.parametrize("path", [PATH, f"{PATH}/bulk", f"{PATH}/identified"])
async def test_a_receipt_reaches_only_the_organisation_of_its_collection_point(two: Server, path: str) -> None:
    body = {
        "requestInformation": point(two),
        "identifier": WHO,
        "purposes": [{"Id": SHOPS_ADVERTISING, "TransactionType": "CONFIRMED"}],
    }
    await refuse_at_the_first(two)
    two.clock.wait(1000)
    for proof in (theirs(), ""):
        assert (await two.ask("POST", path, {"Authorization": proof}, body)).status == 200
    claims = {"otJwtVersion": 1, "processId": OTHERS_APP, "moc": "COOKIE", "tenantId": two.organisation.id}
    crossed = body | {"requestInformation": sign_collection_point(claims, secrets_of(MASTER).receipts)}
    for proof in (token(WHO), theirs()):
        assert (await two.ask("POST", path, {"Authorization": proof}, crossed)).status == 200

    owner = await Device(two, who=WHO, proof=token(WHO)).look()
    assert owner["storageKeys"]["OT_GroupConsents"]["C0004"] == 0
    assert await two.node.context.stores.ledger.count(two.organisation.id) == 3
    assert await two.node.context.stores.ledger.count(others().id) == 2


async def test_an_opt_out_at_one_organisation_is_none_at_the_other(two: Server) -> None:
    email = "sam@example.org"
    at_home = Other(two, who=email, proof=theirs(email))
    await at_home.press("BANNER_ALLOW_ALL")
    two.clock.wait(1000)
    await Device(two, country="US", region="CA").opt_out(email, "C0004")

    assert (await Device(two, who=email, proof=token(email)).look())["storageKeys"]["OT_GroupConsents"]["C0004"] == 0
    assert (await at_home.look())["storageKeys"]["OT_GroupConsents"]["C0004"] == 1
    assert await two.node.context.stores.ledger.count(others().id) == 1


async def test_the_others_token_opts_nobody_out_here_but_the_address(two: Server) -> None:
    owner = Device(two, country="US", region="CA", who=WHO, proof=token(WHO))
    await owner.press("BANNER_ALLOW_ALL")
    two.clock.wait(1000)
    await Device(two, country="US", region="CA", who=WHO, proof=theirs()).opt_out("sam@example.org", "C0004")

    assert (await owner.look())["storageKeys"]["OT_GroupConsents"]["C0004"] == 1


async def test_the_receipts_of_one_person_are_kept_apart(two: Server) -> None:
    phone = await refuse_at_the_first(two)
    await Other(two, who=WHO, proof=theirs()).press("BANNER_ALLOW_ALL")
    ledger: Any = two.node.context.stores.ledger

    people = {row.organisation: row.person for row in ledger.rows.values()}
    assert len(set(people.values())) == 2
    assert phone.who == WHO


async def test_one_organisations_page_may_not_read_the_others_answers(two: Server) -> None:
    for device, origin in (
        (Device(two, "outfitter/shop-web"), "https://shop.example"),
        (Other(two), "https://www.outfitter.example"),
    ):
        answer = await two.ask("GET", "/cfw/cmp/v1/banner", device.headers() | {"Origin": origin})
        assert "access-control-allow-origin" not in answer.headers


async def test_the_same_idempotency_key_names_two_requests(two: Server) -> None:
    for device in (Device(two), Other(two)):
        headers = device.headers() | {"Idempotency-Key": "press-1"}
        body = {"interactionType": "BANNER_ALLOW_ALL"}
        assert (await two.ask("POST", "/cfw/cmp/v1/save-log-consent", headers, body)).status == 200

    assert await two.node.context.stores.ledger.count(two.organisation.id) == 1
    assert await two.node.context.stores.ledger.count(others().id) == 1


async def test_nobody_takes_over_an_app_id_that_is_anothers(two: Server) -> None:
    ours = two.app_id("outfitter/shop-ios")
    spaces = tuple(
        replace(space, sites=tuple(replace(site, app_id=ours) if site.id == "app" else site for site in space.sites))
        for space in others().workspaces
    )
    greedy = replace(others(), workspaces=spaces)
    outcome = await apply(greedy, two.node.context.stores.catalogue, secrets_for(OTHERS_SECRET), Author("them", 1))

    assert isinstance(outcome, ApplyRefused)
    assert [finding.code for finding in outcome.findings] == ["taken-app-id"]
