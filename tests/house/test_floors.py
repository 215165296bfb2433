"""Imports point down, and the contracts that say so would notice if one did not."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.house.source import ROOT, SOURCE

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

BREACHES = {
    "Imports point down": ("consent/breach.py", "import placet.stores.ports"),
    "The settings import nothing of ours": ("config.py", "import placet.consent.errors"),
    "No story calls another story": ("services/breach.py", "import placet.services.other_breach"),
    "No dialect knows another dialect": ("faces/cmp/breach.py", "import placet.faces.files"),
    "Faces do not see the stores": ("faces/breach.py", "import placet.stores.ports"),
    "Stories know the ports and no engine": ("services/other_breach.py", "import placet.stores.sql"),
    "Pure rooms have no clock, no dice and no door": ("formats/breach.py", "import socket"),
}
"""Each contract, and a line that breaks it."""


def lint_imports(source: Path) -> subprocess.CompletedProcess[str]:
    """Draw the picture from the code below `source`."""
    command = [Path(sys.executable).with_name("lint-imports"), "--config", ROOT / "pyproject.toml", "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    return subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)


def test_imports_point_down():
    result = lint_imports(SOURCE.parent)
    assert result.returncode == 0, result.stdout


def test_each_contract_notices_its_breach(tmp_path):
    shutil.copytree(SOURCE, tmp_path / "placet")
    for place, line in BREACHES.values():
        with (tmp_path / "placet" / place).open("a") as file:
            file.write(f"\n{line}\n")
    result = lint_imports(tmp_path)
    assert {contract["name"] for contract in CONTRACTS} == set(BREACHES)
    for name in BREACHES:
        assert f"{name} BROKEN" in result.stdout


def test_each_dialect_is_under_the_contract_of_dialects():
    listed = next(contract for contract in CONTRACTS if contract["name"] == "No dialect knows another dialect")[
        "modules"
    ]
    dialects = {f"placet.faces.{path.parent.name}" for path in (SOURCE / "faces").glob("*/__init__.py")}
    assert set(listed) == dialects
