"""Imports point down and run in no circle, and each contract that says so notices a breach."""

import os
import shutil
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, SOURCE

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
LAYERS = [layer.split(" | ") for layer in CONTRACTS[0]["layers"]]

BREACHES = {
    "No package of use cases imports another": ("services/events/breach.py", "import placet.services.privacy"),
    "No dialect imports another": ("api/cmp/breach.py", "import placet.settings_files"),
    "Dialects do not see stores, outputs or the runtime": ("api/http/breach.py", "import placet.stores.ports.stores"),
    "Use cases know the ports and no engine": ("services/consent/breach.py", "import placet.stores.sql"),
    "Pure packages have no clock, no randomness and no I/O": ("formats/breach.py", "import socket"),
    "No circle of packages": ("formats/lists/breach.py", "import placet.formats.explain.explain"),
}
"""Each contract beside the first, and a line that breaks it."""


def lint_imports(source: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts with the code below `source`."""
    command = [Path(sys.executable).with_name("lint-imports"), "--config", ROOT / "pyproject.toml", "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    return subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)


def add_line(package: Path, place: str, line: str) -> None:
    """Append a line to a file below the package, which is made when it is missing."""
    file = package / place
    file.write_text((file.read_text() if file.exists() else '"""A breach."""\n') + f"\n{line}\n")


def test_imports_point_down():
    result = lint_imports(SOURCE.parent)
    assert result.returncode == 0, result.stdout


def test_the_layers_name_every_package():
    there = {
        path.name.removesuffix(".py")
        for path in SOURCE.iterdir()
        if path.name[0] not in "_." and path.suffix in ("", ".py")
    }
    assert {name for layer in LAYERS for name in layer} == there


def test_each_layer_notices_an_import_of_the_one_above(tmp_path):
    package = shutil.copytree(SOURCE, tmp_path / "placet")
    for above, below in pairwise(LAYERS):
        place = below[0] if (package / below[0]).is_dir() else ""
        add_line(package, f"{place}/breach.py" if place else f"{below[0]}.py", f"import placet.{above[0]}")
    told = lint_imports(tmp_path).stdout
    for above, below in pairwise(LAYERS):
        assert f"placet.{below[0]} is not allowed to import placet.{above[0]}" in told


def test_every_other_contract_notices_its_breach(tmp_path):
    package = shutil.copytree(SOURCE, tmp_path / "placet")
    for place, line in BREACHES.values():
        add_line(package, place, line)
    told = lint_imports(tmp_path).stdout
    assert {contract["name"] for contract in CONTRACTS[1:]} == set(BREACHES)
    for name in BREACHES:
        assert f"{name} BROKEN" in told


def test_each_dialect_is_under_the_contract_of_dialects():
    listed = next(contract for contract in CONTRACTS if contract["name"] == "No dialect imports another")["modules"]
    dialects = {f"placet.api.{path.parent.name}" for path in (SOURCE / "api").glob("*/__init__.py")}
    assert set(listed) == dialects - {"placet.api.http"} | {"placet.settings_files"}


@pytest.mark.parametrize(
    "files",
    [
        {"src/placet/__init__.py": "", "src/placet/a.py": "import placet.b", "src/placet/b.py": "from placet import a"},
        {
            "src/placet/__init__.py": "",
            "src/placet/a.py": "def f():\n    from placet.b import g",
            "src/placet/b.py": "from placet.a import f",
        },
        {"sdk/web/src/a.ts": "import type { B } from './b.ts';", "sdk/web/src/b.ts": "import { a } from './a.ts';"},
    ],
)
def test_a_circle_of_imports_is_found(tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    command = [sys.executable, ROOT / "tools/check_import_cycles", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "import cycle: " in done.stdout


def test_no_imports_run_in_a_circle():
    done = subprocess.run(
        [sys.executable, ROOT / "tools/check_import_cycles"], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    assert done.returncode == 0
