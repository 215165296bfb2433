"""The device's memory, as anybody may send it: cut off, made up, another app's, from another time (cmp-api.md §12)."""

import base64
import json
from typing import Any

import pytest

from tests.api.cmp.device import Device, opened, problem, sealed, why
from tests.api.node_context import Server

NOW = 1_772_600_000_000
DAY = 86_400_000


def packed(raw: bytes) -> str:
    """Base64 of anything."""
    return base64.b64encode(raw).decode()


UNREADABLE = {
    "no base64": "%%%%",
    "no JSON inside": packed(b"hello"),
    "JSON cut off": packed(b'{"dsId":"abc'),
    "a list": packed(b"[]"),
    "a number": packed(b"5"),
    "null": packed(b"null"),
    "invalid UTF-8": packed(b'{"dsId":"\xff"}'),
    "a text for a map": sealed(groupConsents="all"),
    "a text for a date": sealed(lastConsentDate="yesterday"),
    "a list for a name": sealed(dsId=["a"]),
    "a huge number": packed(b'{"lastConsentDate":' + b"9" * 400 + b"}"),
    "an infinite number": packed(b'{"lastConsentDate":1e999}'),
    "deep nesting": packed(b"[" * 40_000),
    "deep nesting inside": packed(b'{"groupConsents":' + b'{"a":' * 30_000),
    "too long": "A" * 70_000,
    "another letter set": "Ā" * 20,
}


@pytest.mark.parametrize("memory", UNREADABLE.values(), ids=UNREADABLE)
async def test_what_cannot_be_read_is_refused_on_reads_and_saves_alike(server: Server, memory: str) -> None:
    phone = Device(server, memory=memory)

    for answer in (await phone.ask(), await phone.ask("vendors"), await phone.post("BANNER_ALLOW_ALL")):
        assert problem(answer) == (400, "ERROR_CODE_INVALID_OT_CONSENT_STRING")
        assert answer.json["errors"][0]["message"].startswith("Invalid OT consent string")


@pytest.mark.parametrize("cut", [1, 2, 3, 5, 8, 13, 21])
async def test_a_string_that_was_cut_off_is_refused(server: Server, cut: int) -> None:
    phone = Device(server)
    await phone.press("BANNER_ALLOW_ALL")
    phone.memory = phone.memory.rstrip("=")[:-cut]

    assert problem(await phone.ask()) == (400, "ERROR_CODE_INVALID_OT_CONSENT_STRING")


async def test_names_in_another_letter_case_and_spelling_are_read(server: Server) -> None:
    memory = sealed(
        LastLaunchDate=NOW - DAY,
        ShouldShowBanner=True,
        DSID="device-1",
        IsAnonymous=True,
        LastConsentedDate=float(NOW - DAY),
        GroupConsents={"C0002": True, "C0004": False},
        SomethingElse={"of": ["a", "newer", "client"]},
    )
    said = await Device(server, memory=memory).look()

    assert why(said) == (False, 151)
    assert said["storageKeys"]["OT_Identifier"] == "device-1"
    assert said["storageKeys"]["OT_GroupConsents"]["C0002"] == 1
    assert opened(said["otConsentString"])["isAnonymous"] == 1


async def test_a_string_a_client_built_when_it_migrated_is_believed_as_far_as_it_goes(server: Server) -> None:
    memory = sealed(
        dsId="device-1",
        lastConsentDate=(NOW - DAY) // 1000 * 1000,
        groupConsents={"C0001": 1, "C0002": 1, "C0003": 0},
    )
    said = await Device(server, memory=memory).look()

    groups = said["storageKeys"]["OT_GroupConsents"]
    assert why(said) == (False, 151)
    assert (groups["C0002"], groups["C0003"], groups["C0004"]) == (1, 0, 0)


@pytest.mark.parametrize("memory", [sealed(), sealed(dsId=""), sealed(lastConsentDate=None), sealed(expiryDate=None)])
async def test_an_empty_memory_is_a_first_launch(server: Server, memory: str) -> None:
    assert why(await Device(server, memory=memory).look()) == (True, 101)


async def test_web_safe_letters_and_missing_padding_are_forgiven(server: Server) -> None:
    phone = Device(server)
    await phone.press("BANNER_ALLOW_ALL")
    phone.memory = phone.memory.replace("+", "-").replace("/", "_").rstrip("=")

    assert why(await phone.look()) == (False, 151)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"lastConsentDate": NOW - DAY}, 151),
        ({"lastConsentDate": NOW - 181 * DAY}, 103),
        ({"lastConsentDate": NOW - DAY, "expiryDate": NOW - 1}, 103),
        ({"lastConsentDate": NOW - DAY, "expiryDate": NOW + 1}, 151),
        ({"lastConsentDate": 1}, 103),
        ({"lastConsentDate": 0}, 101),
        ({"lastConsentDate": -NOW}, 101),
        ({"lastConsentDate": NOW + 3600_000}, 101),
        ({"lastConsentDate": NOW + 60_000}, 151),
        ({"lastConsentDate": 2**53}, 101),
        ({"lastConsentDate": NOW - DAY, "expiryDate": -5}, 151),
    ],
)
async def test_dates_of_the_past_and_of_the_future(server: Server, said: dict[str, Any], reason: int) -> None:
    answer = await Device(server, memory=sealed(dsId="device-1", groupConsents={"C0002": 1}, **said)).look()

    assert why(answer)[1] == reason


async def test_a_locked_category_stays_on_whatever_the_memory_says(server: Server) -> None:
    memory = sealed(dsId="device-1", lastConsentDate=NOW - DAY, groupConsents={"C0001": 0, "C0002": 7})
    said = await Device(server, memory=memory).look()

    assert said["storageKeys"]["OT_GroupConsents"]["C0001"] == 1
    assert set(said["storageKeys"]["OT_GroupConsents"].values()) <= {0, 1}


async def test_what_belongs_elsewhere_is_kept_for_the_way_back(server: Server) -> None:
    memory = sealed(dsId="d", lastConsentDate=NOW - DAY, groupConsents={"C0002": 1, "IAB2V2_1": 1, "BG7": 0})
    said = await Device(server, memory=memory).look()

    kept = opened(said["otConsentString"])["groupConsents"]
    assert (kept["IAB2V2_1"], kept["BG7"]) == (1, 0)
    assert "IAB2V2_1" not in said["storageKeys"]["OT_GroupConsents"]


async def test_the_first_string_has_exactly_the_documented_fields(server: Server) -> None:
    said = opened((await Device(server, country="").look())["otConsentString"])

    assert {name: said[name] for name in ("shouldShowBanner", "cdn", "isAnonymous", "expiryDate")} == {
        "shouldShowBanner": 1,
        "cdn": "cdn.cookielaw.org",
        "isAnonymous": 1,
        "expiryDate": None,
    }
    assert set(said) == {
        "lastLaunchDate",
        "shouldShowBanner",
        "dsId",
        "appId",
        "cdn",
        "isAnonymous",
        "expiryDate",
    }


async def test_after_a_choice_it_holds_the_answers_and_their_end(server: Server) -> None:
    phone = Device(server)
    await phone.press("BANNER_ALLOW_ALL")
    said = opened(phone.memory)

    assert said["lastConsentDate"] == NOW
    assert said["expiryDate"] == NOW + 180 * DAY
    assert said["lastInteractionType"] == "Banner - Allow All"
    assert said["groupConsents"]["C0004"] == 1
    assert set(said["sdkConsents"].values()) == {1}


async def test_a_launch_moves_its_own_date_and_no_answer(server: Server) -> None:
    phone = Device(server)
    await phone.press("BANNER_REJECT_ALL")
    before = opened(phone.memory)
    server.clock.wait(5 * DAY)
    await phone.look()
    after = opened(phone.memory)

    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"lastLaunchDate"}


async def test_it_is_standard_base64_with_padding(server: Server) -> None:
    text = (await Device(server).look())["otConsentString"]

    assert json.loads(base64.b64decode(text, validate=True))
    assert len(text) % 4 == 0
