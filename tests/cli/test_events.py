"""`placet events list` tells what came in, newest first, and what became of it."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import json

from placet.cli import run
from placet.stores.open import open_stores
from tests.api.node_context import start
from tests.used_store import used_store

Said = Callable[..., tuple[int, str, str]]

KEY = "outfitter-web-write-key"
SOURCE = "outfitter/shop-events"
MOMENT = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\dZ")


def url(folder: Path) -> str:
    return f"sqlite:///{folder}/var/placet.db"


async def post(folder: Path, agreed: list[bool]) -> None:
    """One event for each person, who agreed to everything or to nothing, taken in by a node on this store."""
    server = await start(await open_stores(url(folder)))
    for number, yes in enumerate(agreed):
        event = {"writeKey": KEY, "userId": f"u{number}", "event": "Boots Bought", "messageId": f"m{number}"}
        event["context"] = {"consent": {"categoryPreferences": {"C0002": yes, "C0004": yes}}}
        assert (await server.ask("POST", "/v1/track", {}, event)).status == 200
    await server.node.close()


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Carries out a command line on a store that took in m0 (agreed), m1 (refused) and m2 (agreed)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLACET_DATA_FOLDER", str(tmp_path / "var"))
    monkeypatch.setenv("NO_COLOR", "1")
    asyncio.run(used_store(url(tmp_path)))
    asyncio.run(post(tmp_path, [True, False, True]))

    def carry_out(*tokens: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([str(token) for token in tokens])
        spoken = capsys.readouterr()
        return code, spoken.out, spoken.err

    return carry_out


def ids(told: str) -> list[str]:
    """The message ids of a list, in its order."""
    return re.findall(r"^\S+ \S+  (\S+)  track Boots Bought$", told, re.MULTILINE)


def test_events_are_listed_newest_first_with_what_passed_and_what_held(said: Said) -> None:
    code, told, complaint = said("events", "list", "--source", SOURCE)
    assert (code, ids(told), complaint) == (0, ["m2", "m1", "m0"], "")
    newest, refused, oldest = re.split(r"\n(?=20)", told.strip())
    for one in (newest, oldest):
        assert MOMENT.match(one)
        assert re.search(r"^  allowed: .+$", one, re.MULTILINE)
        assert "no consent" not in one
    assert "allowed" not in refused
    assert re.search(r"^  held: \S+: no consent \(.*refused.*\) \(connections/\S+/purposes\)$", refused, re.MULTILINE)
    assert "u1" not in told


def test_only_held_events_are_listed_when_asked(said: Said) -> None:
    code, told, _ = said("events", "list", "--source", SOURCE, "--held")
    assert (code, "m1" in ids(told)) == (0, True)
    assert all("  held: " in one for one in re.split(r"\n(?=20)", told.strip()))


def test_a_list_goes_on_where_its_page_ended(said: Said) -> None:
    _, first, _ = said("events", "list", "--source", SOURCE, "--limit", 2)
    cursor = re.search(r"^more: --cursor (\S+)$", first, re.MULTILINE)
    assert ids(first) == ["m2", "m1"]
    assert cursor is not None
    _, rest, _ = said("events", "list", "--source", SOURCE, "--limit", 2, "--cursor", cursor[1])
    assert (ids(rest), "more:" in rest) == (["m0"], False)


def test_a_machine_reads_the_same(said: Said) -> None:
    code, told, _ = said("events", "list", "--source", SOURCE, "--json")
    page = json.decode(told)
    assert (code, [one["id"] for one in page["events"]], page["next"]) == (0, ["m2", "m1", "m0"], "")
    refused = page["events"][1]
    assert (refused["kind"], refused["name"], refused["allowed"]) == ("track", "Boots Bought", [])
    assert {"connection", "reason", "path"} == set(refused["held"][0])


def test_the_only_source_needs_no_name(said: Said) -> None:
    assert said("events", "list") == said("events", "list", "--source", SOURCE)


@pytest.mark.parametrize("options, cure", [
    (["--source", "outfitter/nothing"], f"there is no source 'outfitter/nothing': say --source with one of: {SOURCE}"),
    (["--source", SOURCE, "--limit", "0"], "--limit must be from 1 to 1000"),
    (["--source", SOURCE, "--limit", "1001"], "--limit must be from 1 to 1000"),
    (["--source", SOURCE, "--cursor", "x"], "no cursor"),
])  # fmt: skip
def test_what_cannot_be_listed_is_said_with_exit_code_2(said: Said, options: list[str], cure: str) -> None:
    code, told, complaint = said("events", "list", *options)
    assert (code, told) == (2, "")
    assert re.search(cure, complaint)
