"""Somebody's own package, built and installed, adds a destination and a plugin."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent / "a_package"
SETTINGS = """id: 11111111-1111-4111-8111-111111111111
name: Small
workspaces:
  - id: shop
    name: Shop
    languages: en
    destinations:
      - {id: t, name: T, type: tally, secret: "env:KEY", options: {OPTION: 7}}
"""
SCRIPT = """
from placet.outputs.registry import all_destinations
from placet.outputs.plugins.plugin import chosen
found = all_destinations()
print(found["tally"].most, found["webhook"].most, "broken" in found, chosen(("stamp",))[0].stage)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the package was installed: a wheel is unpacked, which is all that an installer does."""
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "wheels")]
    subprocess.run(build, cwd=PACKAGE, check=True, capture_output=True)
    (wheel,) = (folder / "wheels").glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def run(site: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, check=False)


def test_its_destination_and_plugin_are_there_and_ours_stay_ours(site: Path) -> None:
    done = run(site, "-c", SCRIPT)
    assert done.stdout.split() == ["10", "1", "False", "enrichment"], done.stderr
    assert "the destination broken (placet_tally:NOTHING_HERE) cannot be used" in done.stderr


@pytest.mark.parametrize("option, wrong", [("project", False), ("projekt", True)])
def test_settings_are_checked_by_what_it_asks_for(site: Path, tmp_path: Path, option: str, wrong: bool) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(SETTINGS.replace("OPTION", option))
    done = run(site, "-c", "from placet.cli import main; main()", "check", str(file))
    assert (f"{file}:8:" in done.stdout and "did you mean 'project'?" in done.stdout) is wrong
    assert "there is no destination type" not in done.stdout


def test_without_it_the_type_is_unknown(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(SETTINGS)
    assert (
        "there is no destination type 'tally'"
        in run(tmp_path, "-c", "from placet.cli import main; main()", "check", str(file)).stdout
    )
