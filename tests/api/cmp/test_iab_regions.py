"""Strings where they apply and nowhere else; choices that survive a journey (cmp-api.md §13.3, §20 traps 10, 11)."""

import pytest
from msgspec.structs import replace

from placet.formats.ids import Ids
from placet.formats.tcf.tcf import decode
from tests.api.cmp.device import confirm, why
from tests.api.cmp.iab_device import Reader, iab_keys
from tests.api.node_context import Server, token

WHO = "shopper-42"


@pytest.mark.parametrize("country, region, prefixes", [
    ("NL", "", {"IABTCF", "IABGPP"}), ("GB", "", {"IABTCF", "IABGPP"}), ("US", "CA", {"IABGPP", "IABUSPrivacy"}),
    ("US", "TX", {"IABGPP", "IABUSPrivacy"}), ("JP", "", set()),
])  # fmt: skip
@pytest.mark.parametrize("route", ["banner", "preferences"])
async def test_each_region_has_its_own_strings(
    server: Server, route: str, country: str, region: str, prefixes: set[str]
) -> None:
    said = await Reader(server, country=country, region=region).look(route)
    assert {key.partition("_")[0] for key in iab_keys(said)} == prefixes


async def test_a_site_without_the_framework_has_no_strings(server: Server) -> None:
    reader = Reader(server, site="stream/stream-app")
    said = await reader.look(OT_Tcf_Eu2v2_Consent_String="CnonsenseA")
    assert (said["errors"], iab_keys(said)) == ([], set())


async def test_european_choices_survive_a_trip_to_america(server: Server) -> None:
    reader = Reader(server)
    await reader.look()
    said = {
        "purposesStatus": [{"groupId": "IAB2V2_1", "status": True}],
        "iabVendorsStatus": [{"vId": "2", "status": False}],
    }
    await reader.press("PREFERENCE_CENTER_CONFIRM", said)
    home = reader.keys["IABTCF_TCString"]

    reader.country, reader.region = "US", "CA"
    away = await reader.look()
    assert not [key for key in iab_keys(away) if "TCF" in key]
    assert not [id for id in away["storageKeys"]["OT_GroupConsents"] if id.startswith("IAB")]
    await reader.press("PREFERENCE_CENTER_CONFIRM", confirm(C0004=False))
    assert reader.field("SaleOptOut") == 1

    reader.country, reader.region = "NL", ""
    back = await reader.look()
    assert why(back) == (False, 151)
    assert reader.keys["IABTCF_TCString"] == home
    assert back["storageKeys"]["OT_GroupConsents"]["C0004"] == 0

    reader.country, reader.region = "US", "CA"
    await reader.look()
    assert reader.field("SaleOptOut") == 1


async def test_a_known_person_takes_the_strings_to_another_device(server: Server) -> None:
    phone, tablet = Reader(server), Reader(server)
    await phone.look()
    said = {
        "purposesStatus": [{"groupId": "IAB2V2_1", "status": True}],
        "iabVendorsStatus": [{"vId": "2", "status": False}],
    }
    await phone.press("PREFERENCE_CENTER_CONFIRM", said)
    await phone.log_in(WHO, token(WHO))
    await tablet.look()
    server.clock.wait(1000)
    said = await tablet.log_in(WHO, token(WHO))

    assert why(said) == (False, 152)
    assert tablet.keys["IABTCF_TCString"] == phone.keys["IABTCF_TCString"]
    assert tablet.keys["IABTCF_AddtlConsent"] == phone.keys["IABTCF_AddtlConsent"]
    assert tablet.keys["OT_GroupConsents"] == phone.keys["OT_GroupConsents"]

    server.clock.wait(1000)
    await tablet.press("PREFERENCE_CENTER_REJECT_ALL")
    await phone.look()
    assert phone.keys["IABTCF_TCString"] == tablet.keys["IABTCF_TCString"]


async def test_the_profile_answers_for_a_device_that_brings_nothing(server: Server) -> None:
    phone = Reader(server, who=WHO, proof=token(WHO))
    await phone.press("BANNER_ALLOW_ALL")
    other = Reader(server, who=WHO, proof=token(WHO))
    said = await other.look()
    assert why(said) == (False, 152)
    assert other.keys["IABTCF_TCString"] == phone.keys["IABTCF_TCString"]


async def test_profiles_read_elsewhere_carry_the_strings(server: Server) -> None:
    phone = Reader(server, who=WHO, proof=token(WHO))
    await phone.press("BANNER_ALLOW_ALL")
    group = server.organisation.consent_groups[0].guid
    headers = {"tenantId": server.organisation.id, "identifier": WHO, "Authorization": token(WHO)}
    said = (await server.ask("GET", f"/v1/preferences?syncGroup={group}", headers)).json
    shared = said["syncGroups"][group]
    assert shared["tcStringV2"] == phone.keys["IABTCF_TCString"]
    assert shared["gacString"] == phone.keys["IABTCF_AddtlConsent"]


async def test_a_broken_string_in_a_profile_is_no_fault_of_the_next_call(server: Server) -> None:
    phone = Reader(server, who=WHO, proof=token(WHO))
    await phone.press("BANNER_ALLOW_ALL")
    rows = server.node.context.stores.profiles.rows
    for key, row in rows.items():
        broken = replace(row.profile.items["x:tc"], detail=("nonsense",))
        rows[key] = replace(row, profile=replace(row.profile, items=row.profile.items | {"x:tc": broken}))
    said = await phone.look()
    assert why(said) == (False, 152)
    assert decode(said["storageKeys"]["IABTCF_TCString"]).purpose_consents == Ids.parse("1-11")
