"""A call that leaves a string out forgets no refusal and no consent."""

from dataclasses import dataclass
from typing import Any

import pytest

from placet.formats.ids import NONE
from tests.api.cmp.iab_device import Reader
from tests.api.cmp.test_iab_saves import GOOGLE, VENDORS
from tests.api.cmp.test_us_signals import ads, american, section
from tests.api.node_context import Server, token

WHO = "reader-9"


@dataclass
class Forgetful(Reader):
    """An app that leaves some strings out of its calls."""

    left_out: tuple[str, ...] = ()

    def headers(self, **more: str) -> dict[str, str]:
        """Its headers without these."""
        return super().headers(**(dict.fromkeys(self.left_out, "") | more))


AC, TC, GPP = "OT_Addtl_Consent_String", "OT_Tcf_Eu2v2_Consent_String", "OT_GPP_String"


def vendors(list_name: str, **said: bool) -> dict[str, Any]:
    """The body of a confirmed vendor list."""
    return {list_name: [{"vId": id.removeprefix("v"), "status": on} for id, on in said.items()]}


@pytest.mark.parametrize("route", ["banner", "preferences"])
async def test_providers_stay_as_they_were_answered(server: Server, route: str) -> None:
    reader = Forgetful(server, left_out=(AC,))
    await reader.press("BANNER_ALLOW_ALL")
    await reader.look(route)
    assert reader.ac.consented == GOOGLE


async def test_a_login_takes_the_providers_along(server: Server) -> None:
    reader = Forgetful(server, left_out=(AC,))
    await reader.press("BANNER_ALLOW_ALL")
    await reader.press("VENDOR_LIST_CONFIRM", vendors("googleVendorsStatus", v89=False))
    server.clock.wait(1000)
    await reader.log_in(WHO, token(WHO))
    assert reader.ac.consented == (108, 149, 259)

    other = Reader(server, who=WHO, proof=token(WHO))
    await other.look()
    assert other.ac.consented == (108, 149, 259)


@pytest.mark.parametrize("left_out", [(), (AC,), (TC,), (AC, TC)])
async def test_a_vendor_refused_singly_stays_refused(server: Server, left_out: tuple[str, ...]) -> None:
    reader = Forgetful(server, left_out=left_out)
    await reader.press("BANNER_ALLOW_ALL")
    said = vendors("googleVendorsStatus", v89=False) | vendors("iabVendorsStatus", v755=False)
    await reader.press("VENDOR_LIST_CONFIRM", said)
    await reader.press("PREFERENCE_CENTER_CONFIRM", {"purposesStatus": [{"groupId": "IAB2V2_5", "status": False}]})

    assert reader.ac.consented == (108, 149, 259)
    assert (755 in reader.tc.vendor_consents, 10 in reader.tc.vendor_consents) == (False, True)


@pytest.mark.parametrize("left_out", [(), (AC,), (TC,), (AC, TC)])
async def test_looking_in_between_forgets_nothing(server: Server, left_out: tuple[str, ...]) -> None:
    reader = Forgetful(server, left_out=left_out)
    await reader.press("BANNER_ALLOW_ALL")
    said = vendors("googleVendorsStatus", v89=False) | vendors("iabVendorsStatus", v755=False)
    await reader.press("VENDOR_LIST_CONFIRM", said)
    for route in ("banner", "preferences"):
        await reader.look(route)
    await reader.press("PREFERENCE_CENTER_CONFIRM", {"purposesStatus": [{"groupId": "IAB2V2_5", "status": False}]})

    assert 89 not in reader.ac.consented
    assert 755 not in reader.tc.vendor_consents


@pytest.mark.parametrize("left_out", [(), (AC,)])
async def test_all_vendors_refused_singly_stay_refused(server: Server, left_out: tuple[str, ...]) -> None:
    reader = Forgetful(server, left_out=left_out)
    await reader.press("BANNER_ALLOW_ALL")
    google = {f"v{id}": False for id in GOOGLE}
    iab = {f"v{id}": False for id in VENDORS}
    await reader.press(
        "VENDOR_LIST_CONFIRM", vendors("googleVendorsStatus", **google) | vendors("iabVendorsStatus", **iab)
    )
    await reader.press("PREFERENCE_CENTER_CONFIRM", {"purposesStatus": [{"groupId": "IAB2V2_5", "status": False}]})

    assert (reader.tc.vendor_consents, reader.ac.consented) == (NONE, ())


async def test_an_opt_out_in_a_gpp_string_lasts_when_the_string_is_not_sent_again(server: Server) -> None:
    reader = american(server)
    await reader.press("BANNER_ALLOW_ALL")
    server.clock.wait(1000)
    await reader.look(OT_GPP_String=section(8, SaleOptOutNotice=1, SaleOptOut=1))
    assert ads(reader) == 0
    server.clock.wait(1000)
    await reader.look(OT_GPP_String="")
    assert ads(reader) == 0


async def test_a_button_lifts_it(server: Server) -> None:
    reader = american(server)
    await reader.look(OT_GPP_String=section(8, SaleOptOutNotice=1, SaleOptOut=1))
    server.clock.wait(1000)
    await reader.press("BANNER_ALLOW_ALL")
    server.clock.wait(1000)
    await reader.look(OT_GPP_String="")
    assert ads(reader) == 1
