"""The scripts around the house say what is missing, and never call a failure a success."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.conftest import pytest_collection_modifyitems


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script that sees nothing but the system's own programs and what the test adds."""
    shown = {"PATH": "/usr/bin:/bin", **environment}
    return subprocess.run(command, cwd=cwd, env=shown, capture_output=True, text=True, check=False)


def a_program(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_a_machine_without_python_is_told_which_one_to_install(tmp_path):
    result = run(ROOT / "tools/setup", "venv", cwd=tmp_path, PYTHON="/no/such/python")
    assert result.returncode != 0
    assert "placet needs Python 3.11 or newer" in result.stderr


def test_a_python_without_venv_is_told_the_cure(tmp_path):
    # Debian's python3 answers like this until python3-venv is installed.
    python = a_program(tmp_path / "python", 'case "$2" in *ensurepip*) exit 1 ;; esac; exit 0')
    result = run(ROOT / "tools/setup", "venv", cwd=tmp_path, PYTHON=str(python))
    assert result.returncode != 0
    assert "apt-get install python3-venv" in result.stderr


@pytest.mark.parametrize(
    "check, test, passes, closing",
    [
        ("true", "echo '2 workers [12 items]'; echo '== 12 passed in 1.00s =='", True, "12 passed"),
        ("false", "echo '2 workers [12 items]'; echo '== 12 passed in 1.00s =='", False, "12 passed"),
        ("true", "echo '2 workers [13 items]'; echo '== 1 failed, 12 passed in 1.00s =='; exit 1", False, "1 failed"),
        ("true", "echo '2 workers [13 items]'; echo '== 12 passed in 1.00s =='", False, "12 passed"),
        ("true", "echo '2 workers [13 items]'; echo '== 12 passed, 1 skipped in 1.00s =='", False, "12 passed"),
        ("true", "echo '== 12 passed in 1.00s =='", False, "12 passed"),
        ("true", "true", False, "no test ran"),
        ("true", "echo '== no tests ran in 0.01s =='; exit 5", False, "no test ran"),
        ("true", "echo '== 3 deselected, 0 passed in 0.01s =='", False, "0 passed"),
    ],
)
def test_ci_fails_when_a_check_or_test_fails_or_none_ran(tmp_path, check, test, passes, closing):
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", tmp_path / ".ci/run")
    (tmp_path / "Makefile").write_text(f"check:\n\t@{check}\ntest:\n\t@{test}\n")
    result = run(".ci/run", cwd=tmp_path, TMPDIR=os.fspath(tmp_path))
    assert (result.returncode == 0) == passes
    assert closing in result.stdout.splitlines()[-1]


def test_collection_fails_when_two_tests_share_an_id(request):
    """pytest-xdist runs one test for an id, so a second test under the same id would never run."""
    with pytest.raises(pytest.UsageError, match=r"^1 test ids occur more than once"):
        pytest_collection_modifyitems([request.node, request.node])


def test_the_lock_file_pins_every_hash_and_holds_no_address():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pinned = [line for line in lines if line and line[0] not in " #"]
    assert all("==" in line and line.endswith("\\") for line in pinned)
    assert not any("://" in line or "index-url" in line for line in lines if line[:1] != "#")
