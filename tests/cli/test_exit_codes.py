"""Every command ends with the exit code that `placet --help` promises."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from placet.cli import make_app, run

ON_STORES = [
    ["publish"],
    ["rollback", "shop/web"],
    ["export"],
    ["history"],
    ["explain", "m1"],
    ["events", "list"],
    ["dead-letters"],
    ["withdrawals"],
    ["link", "55555555-5555-4555-8555-555555555555", "ada"],
    ["token", "create", "me", "--workspace", "shop"],
    ["token", "list"],
    ["token", "revoke", "x"],
    ["backup", "copy.db"],
    ["verify"],
]
OTHERS = ["apply", "check", "schema", "serve", "migrate", "demo", "decode", "lists", "restore"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where no server ever was."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    for name in [name for name in os.environ if name.startswith("PLACET_")]:
        monkeypatch.delenv(name)
    return tmp_path


def test_every_command_is_tried_here() -> None:
    commands = {name for name in make_app() if not name.startswith("-")}
    assert commands == {tokens[0] for tokens in ON_STORES} | set(OTHERS)


@pytest.mark.parametrize("tokens", ON_STORES, ids=" ".join)
def test_without_a_store_it_is_3_and_nothing_is_made(elsewhere: Path, capsys, tokens: list[str]) -> None:
    assert run(tokens) == 3
    told = capsys.readouterr().err
    assert f"there is no database at {elsewhere / 'var' / 'placet.db'}" in told
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("tokens", ON_STORES, ids=" ".join)
def test_a_file_that_is_no_database_is_3_and_stays(elsewhere: Path, capsys, tokens: list[str]) -> None:
    (elsewhere / "var").mkdir()
    file = elsewhere / "var" / "placet.db"
    file.write_bytes(b"no database" * 1000)
    assert run(tokens) in ((1,) if tokens == ["verify"] else (3,))
    assert "Traceback" not in capsys.readouterr().err
    assert file.read_bytes() == b"no database" * 1000


@pytest.mark.parametrize("tokens", [*ON_STORES, ["serve"], ["migrate"]], ids=" ".join)
def test_a_wrong_setting_is_2(monkeypatch, capsys, tokens: list[str]) -> None:
    monkeypatch.setenv("PLACET_STORE_ULR", "sqlite:")
    assert run(tokens) == 2
    assert "Did you mean store_url?" in capsys.readouterr().err


@pytest.mark.parametrize("tokens", [*ON_STORES, *([name] for name in OTHERS if name != "decode")], ids=" ".join)
def test_an_option_that_there_is_not_is_2(tokens: list[str]) -> None:
    # `decode` takes whatever stands there for a string.
    assert run([*tokens, "--frobnicate"]) == 2


@pytest.mark.parametrize("tokens, code", [
    (["check", "nowhere.yaml"], 1),
    (["apply", "nowhere.yaml"], 1),
    (["decode", "nonsense"], 1),
    (["restore", "nowhere.db"], 1),
    (["migrate", "--store", "sqlite:/dev/null/x.db"], 3),
    (["serve", "--config", "nowhere.toml"], 2),
    (["demo", "--port", "70000"], 2),
])  # fmt: skip
def test_what_is_found_wrong_or_cannot_be_had(tokens: list[str], code: int) -> None:
    assert run(tokens) == code


def test_serving_says_3_where_the_store_cannot_be_used(elsewhere: Path) -> None:
    (elsewhere / "var").mkdir()
    (elsewhere / "var" / "placet.db").write_bytes(b"no database" * 1000)
    script = Path(sys.executable).with_name("placet")
    done = subprocess.run([script, "serve", "--port", "0"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert "is damaged: file is not a database" in done.stderr
