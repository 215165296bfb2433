"""The commands, through the door a person uses."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import json

from placet.cli import run
from placet.stores.open import migrate
from tests.small_organisation import SMALL
from tests.used_store import used_store

ROOT = Path(__file__).parents[1]
NORTHWIND = ROOT / "examples" / "northwind"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings file in a folder, a migrated store beside it, and the secret it names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLACET_DATA_FOLDER", str(tmp_path / "var"))
    monkeypatch.setenv("SECRET", "s" * 32)
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "var").mkdir()
    asyncio.run(used_store(f"sqlite:///{tmp_path / 'var' / 'placet.db'}"))
    file = tmp_path / "shop.yaml"
    file.write_text(SMALL)
    return file


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]):
    """Carries out a command line; gives its exit code, what it said, and what it complained about."""

    def carry_out(*tokens: object) -> tuple[int, str, str]:
        code = run([str(token) for token in tokens])
        spoken = capsys.readouterr()
        return code, spoken.out, spoken.err

    return carry_out


def test_the_script_is_installed_and_checks_the_example() -> None:
    script = Path(sys.executable).with_name("placet")
    done = subprocess.run([script, "check", NORTHWIND], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "warning unregistered: cmp_id is 0: registered vendors will ignore every TC string" in done.stdout
    assert done.stdout.endswith("0 errors, 1 warning\n")


@pytest.mark.parametrize("command", ["", "check", "apply", "publish", "rollback", "export", "history", "schema"])
def test_every_command_explains_itself(said, command: str) -> None:
    code, out, _ = said(*command.split(), "--help")
    assert code == 0
    assert "Usage: placet" in out


def test_a_check_names_file_line_and_cure(said, shop: Path) -> None:
    change(shop, "https://shop.example", "shop.example")
    code, out, _ = said("check", "shop.yaml")
    assert code == 1
    assert out.splitlines() == [
        "shop.yaml:51:19: error bad-origin: 'shop.example' is not an origin – write https://shop.example: no path, "
        "no slash at the end",
        "1 error, 0 warnings",
    ]


def test_a_check_can_speak_json(said, shop: Path) -> None:
    change(shop, "{en: Needed, de: Nötig}", "Needed")
    code, out, _ = said("check", shop, "--json")
    (found,) = json.decode(out)
    assert code == 1
    assert (found["severity"], found["code"], found["line"]) == ("warning", "untranslated", 12)
    assert found["path"] == "workspaces[0].categories[0].name"


def test_warnings_can_be_left_out(said, shop: Path) -> None:
    change(shop, "{en: Needed, de: Nötig}", "Needed")
    assert said("check", shop, "--errors-only")[0] == 0


def test_applying_publishing_and_going_back(said, shop: Path) -> None:
    assert said("apply", shop, "--publish", "production")[0] == 0
    change(shop, "name: Website", "name: Web site")
    assert "~ workspaces/shop/sites/web/name: 'Website' → 'Web site'" in said("apply", shop)[1]
    assert "shop/app: unchanged" in said("publish")[1]
    code, out, _ = said("rollback", "shop/web")
    assert (code, out.split(" (")[0]) == (0, "shop/web is back at publication 1")
    told = json.decode(said("history", "shop/web", "--json")[1])
    assert (told["current"], [each["number"] for each in told["publications"]]) == (1, [2, 1])


def test_a_dry_run_changes_nothing(said, shop: Path) -> None:
    code, out, _ = said("apply", shop, "--dry-run")
    assert (code, out.splitlines()[-1]) == (0, "nothing was applied (dry run)")
    assert said("export")[0] == 1


def test_settings_with_errors_are_refused(said, shop: Path) -> None:
    change(shop, "default: true, ", "")
    code, out, _ = said("apply", shop)
    assert code == 1
    assert "shop.yaml:36:9: error no-default" in out
    assert out.splitlines()[-1] == "nothing was applied"


def test_a_secret_that_is_not_there_is_told_at_its_line(said, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET")
    code, out, _ = said("apply", shop)
    assert code == 1
    assert "there is nothing at env:SECRET: the variable SECRET is not set" in out


def test_a_secret_may_lie_in_a_file_beside_the_settings(said, shop: Path) -> None:
    change(shop, "env:SECRET", "file:secret.txt")
    (shop.parent / "secret.txt").write_text("s" * 32 + "\n")
    assert said("apply", shop)[0] == 0


def test_an_export_holds_no_secret_and_can_be_applied_again(said, shop: Path) -> None:
    said("apply", shop)
    exported = shop.with_name("exported.yaml")
    assert said("export", "--out", exported)[0] == 0
    assert "secret: kept:" in exported.read_text()
    assert "ssss" not in exported.read_text()
    assert said("check", exported)[0] == 0
    assert said("apply", exported)[1] == "nothing changes: version 1 stays\n"


def test_history_tells_who_did_what(said, shop: Path) -> None:
    said("apply", shop, "--by", "anna")
    said("publish", "--stage", "test", "--by", "bert")
    lines = [line[22:] for line in said("history")[1].splitlines()]
    assert lines[0].startswith("bert  publish  shop/app (test)  20")
    assert "anna  apply  Small" in lines


def test_quiet_says_nothing_when_all_is_well_and_complains_otherwise(said, shop: Path) -> None:
    assert said("apply", shop, "--quiet") == (0, "", "")
    change(shop, "default: true, ", "")
    code, out, err = said("apply", shop, "--quiet")
    assert (code, out) == (1, "")
    assert "no-default" in err


def test_several_organisations_must_be_told_apart(said, shop: Path) -> None:
    said("apply", shop)
    change(shop, "id: 11111111", "id: 99999999")
    change(shop, "name: Small", "name: Other")
    change(shop, "app_id: 5555", "app_id: 7777")
    change(shop, "app_id: 6666", "app_id: 8888")
    said("apply", shop)
    code, _, err = said("publish")
    assert code == 2
    assert "which organisation? Say --organisation with one of: Small (11111111" in err
    assert said("publish", "--organisation", "other")[0] == 0


@pytest.mark.parametrize("tokens, code", [
    (["frobnicate"], 2),
    (["check"], 2),
    (["publish", "--stage", "nowhere"], 2),
    (["apply", "shop.yaml", "--reconsent"], 2),
    (["publish", "--store", "carrier-pigeon:"], 2),
    (["publish", "shop/tv"], 1),
    (["rollback", "shop/web"], 1),
    (["apply", "nothing.yaml"], 1),
    (["history", "--store", "sqlite:elsewhere.db"], 3),
])  # fmt: skip
def test_the_exit_code_says_what_kind_of_trouble_it_is(said, shop: Path, tokens: list[str], code: int) -> None:
    assert said(*tokens)[0] == code


def test_a_misspelt_setting_is_told(said, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACET_STORE_ULR", "sqlite:")
    code, _, err = said("history")
    assert code == 2
    assert "Did you mean store_url?" in err


@pytest.mark.parametrize(
    "option, file", [("", "placet.schema.json"), ("--markdown", "reference/settings-reference.md")]
)
def test_the_schema_and_the_reference_can_be_written(said, tmp_path: Path, option: str, file: str) -> None:
    made = tmp_path / Path(file).name
    assert said("schema", *option.split(), "--out", made)[0] == 0
    assert made.read_text() == (ROOT / "docs" / file).read_text() == said("schema", *option.split())[1]


def test_an_embedded_store_is_made_with_create_only_and_a_dry_run_imagines_it(said, shop: Path) -> None:
    database = shop.parent / "var" / "placet.db"
    for file in database.parent.iterdir():
        file.unlink()

    code, told, _ = said("apply", shop, "--dry-run")
    assert (code, list(database.parent.iterdir())) == (0, [])
    assert "nothing was applied (dry run)" in told

    code, _, complaint = said("apply", shop, "--publish", "production")
    assert (code, list(database.parent.iterdir())) == (3, [])
    assert f"There is no store at {database}" in complaint
    assert "--create" in complaint

    code, told, _ = said("apply", shop, "--publish", "production", "--create")
    assert (code, database.exists()) == (0, True)
    assert "applied as version 1" in told


def test_other_commands_say_that_there_is_no_store_yet(said, shop: Path) -> None:
    (shop.parent / "var" / "placet.db").unlink()
    code, _, complaint = said("export")
    assert (code, "placet migrate" in complaint) == (3, False)
    assert f"there is no database at {shop.parent / 'var' / 'placet.db'}" in complaint
    assert "--config FILE" in complaint


def test_a_store_that_no_server_used_is_refused_without_create(said, shop: Path) -> None:
    unused = shop.parent / "unused.db"
    asyncio.run(migrate(f"sqlite:///{unused}"))
    code, _, complaint = said("apply", shop, "--store", f"sqlite:{unused}")
    assert code == 3
    assert f"No server has used the store at {unused}" in complaint
    assert said("apply", shop, "--store", f"sqlite:{unused}", "--create")[0] == 0
    assert said("apply", shop, "--store", f"sqlite:{unused}")[0] == 0


@pytest.mark.parametrize("tokens", [["apply", "shop.yaml"], ["apply", "shop.yaml", "--dry-run"]])
def test_settings_are_not_sealed_with_another_master_secret(
    said, shop: Path, monkeypatch: pytest.MonkeyPatch, tokens: list[str]
) -> None:
    monkeypatch.setenv("PLACET_MASTER_SECRET", "f" * 32)
    code, _, complaint = said(*tokens)
    assert code == 3
    assert "belongs to the master secret with the fingerprint" in complaint


@pytest.mark.parametrize("port", ["99999", "-1", "65536"])
@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_that_is_none_is_refused_at_once(said, shop: Path, command: str, port: str) -> None:
    code, _, complaint = said(command, f"--port={port}")
    assert code == 2
    assert "Use a number from 0 to 65535" in complaint
