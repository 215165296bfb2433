"""Opt-out signals of American readers count as answers of the time they were first sent
(consent/choices/opt_out_signals.py).
"""

import pytest

from placet.formats.gpp.gpp import Gpp as GppString
from placet.formats.gpp.gpp import encode, section_of
from placet.formats.gpp.us_section import nothing_said
from placet.formats.gpp.usp import UsPrivacy
from tests.api.cmp.device import confirm
from tests.api.cmp.iab_device import Reader
from tests.api.node_context import Server, token

WHO = "reader-7"


def american(server: Server, region: str = "CA", **more: object) -> Reader:
    """A reader in the United States."""
    return Reader(server, country="US", region=region, **more)  # type: ignore[arg-type]


def ads(reader: Reader) -> int:
    """Is advertising on?"""
    return int(reader.keys["OT_GroupConsents"]["C0004"])


def section(number: int, **fields: int) -> str:
    """A GPP string with one section that says this."""
    return encode(GppString((section_of(nothing_said(number).but(**fields)),)))


@pytest.mark.parametrize("gpp, off", [
    (section(8, SaleOptOutNotice=1, SaleOptOut=1), True),
    (section(8, SharingOptOutNotice=1, SharingOptOut=1), True),
    (section(8, SaleOptOutNotice=1, SaleOptOut=2), False),
    (section(8), False),
    (encode(GppString((section_of(nothing_said(8).but(gpc=True)),))), True),
    (encode(GppString((section_of(nothing_said(7).but(gpc=True)),))), True),
    (section(7, TargetedAdvertisingOptOutNotice=1, TargetedAdvertisingOptOut=1), True),
    (section(9, SaleOptOutNotice=1, SaleOptOut=1), False),
    (encode(GppString((section_of(UsPrivacy(True, True, False)),))), True),
    (encode(GppString((section_of(UsPrivacy(True, False, False)),))), False),
    (encode(GppString((
        section_of(nothing_said(7).but(SaleOptOutNotice=1, SaleOptOut=1)),
        section_of(nothing_said(8).but(SaleOptOutNotice=1, SaleOptOut=2)),
    ))), False),
    ("DBABnonsense~x", False),
])  # fmt: skip
async def test_what_counts_as_an_opt_out_where_nothing_was_chosen(server: Server, gpp: str, off: bool) -> None:
    reader = american(server)
    await reader.look(OT_GPP_String=gpp)
    assert ads(reader) == int(not off)
    assert reader.field("SaleOptOut") == (1 if off else 2)


@pytest.mark.parametrize("region, prefix", [("CA", "usca"), ("TX", "usnat")])
async def test_gpc_opts_out_and_is_written_down(server: Server, region: str, prefix: str) -> None:
    reader = american(server, region, gpc=True)
    await reader.look()
    assert [section.prefix for section in reader.gpp.sections] == [prefix]
    assert (reader.field("SaleOptOut"), reader.field("SharingOptOut"), reader.field("Gpc")) == (1, 1, True)
    assert reader.keys["IABUSPrivacy_String"] == "1YYN"
    assert ads(reader) == 0


async def test_a_signal_that_persists_does_not_undo_a_later_choice(server: Server) -> None:
    reader = american(server, gpc=True)
    await reader.look()
    server.clock.wait(1000)
    await reader.press("PREFERENCE_CENTER_CONFIRM", confirm(C0004=True))
    assert ads(reader) == 1
    server.clock.wait(1000)
    await reader.look()
    assert (ads(reader), reader.field("SaleOptOut"), reader.field("Gpc")) == (1, 2, True)


async def test_a_signal_switched_on_after_a_choice_undoes_it(server: Server) -> None:
    reader = american(server)
    await reader.press("BANNER_ALLOW_ALL")
    server.clock.wait(1000)
    reader.gpc = True
    await reader.look()
    assert ads(reader) == 0
    reader.gpc = False
    await reader.look()
    assert ads(reader) == 0, "silence grants nothing"
    server.clock.wait(1000)
    await reader.press("PREFERENCE_CENTER_CONFIRM", confirm(C0004=True))
    assert ads(reader) == 1
    await reader.look()
    server.clock.wait(1000)
    reader.gpc = True
    await reader.look()
    assert ads(reader) == 0


async def test_a_choice_in_the_very_call_that_first_brings_the_signal_counts(server: Server) -> None:
    reader = american(server, gpc=True)
    await reader.press("BANNER_ALLOW_ALL")
    assert ads(reader) == 1
    await reader.look()
    assert ads(reader) == 1


async def test_our_own_string_coming_back_is_no_new_signal(server: Server) -> None:
    phone = american(server, who=WHO, proof=token(WHO))
    await phone.press("BANNER_REJECT_ALL")
    server.clock.wait(1000)
    laptop = american(server, who=WHO, proof=token(WHO))
    await laptop.press("BANNER_ALLOW_ALL")
    server.clock.wait(1000)
    await phone.look()
    assert (ads(phone), phone.field("SaleOptOut")) == (1, 2)


async def test_a_signal_of_one_device_opts_a_known_person_out_on_all(server: Server) -> None:
    phone = american(server, who=WHO, proof=token(WHO))
    await phone.press("BANNER_ALLOW_ALL")
    server.clock.wait(1000)
    laptop = american(server, who=WHO, proof=token(WHO), gpc=True)
    await laptop.look()
    assert ads(laptop) == 0
    await laptop.press("PREFERENCE_CENTER_CONFIRM", confirm(C0002=True))
    assert ads(laptop) == 0
    server.clock.wait(1000)
    await phone.look()
    assert (ads(phone), phone.field("SaleOptOut")) == (0, 1)

    server.clock.wait(1000)
    await phone.press("PREFERENCE_CENTER_CONFIRM", confirm(C0004=True))
    server.clock.wait(1000)
    await laptop.look()
    assert ads(laptop) == 1


async def test_under_a_rule_without_opt_outs_a_signal_means_nothing(server: Server) -> None:
    reader = Reader(server, country="JP", gpc=True)
    await reader.press("BANNER_ALLOW_ALL")
    server.clock.wait(1000)
    await reader.look(OT_GPP_String=section(8, SaleOptOutNotice=1, SaleOptOut=1))
    assert ads(reader) == 1


async def test_a_signal_in_europe_is_another_law(server: Server) -> None:
    reader = Reader(server)
    await reader.press("BANNER_ALLOW_ALL")
    text = reader.keys["IABTCF_TCString"]
    reader.gpc = True
    await reader.look()
    assert reader.keys["IABTCF_TCString"] == text


async def test_only_a_browser_that_sends_gpc_has_it_written_down(server: Server) -> None:
    reader = american(server)
    await reader.look(OT_GPP_String=encode(GppString((section_of(nothing_said(8).but(gpc=True)),))))
    assert (reader.field("Gpc"), reader.field("SaleOptOut")) == (False, 1)
