"""Readers who hang up and arguments that are no text end a command with an exit code, never with a traceback."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from placet.cli.output import FOUND, HUNG_UP, USAGE
from placet.stores.open import migrate

PLACET = [sys.executable, "-c", "from placet.cli import main; main()"]


@pytest.mark.parametrize("arguments", [["schema"], ["--help"], ["decode", "1YNN"]])
def test_a_reader_who_hangs_up_sees_no_traceback(arguments: list[str], tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*PLACET, *arguments], stdout=writing, stderr=subprocess.PIPE, cwd=tmp_path, timeout=120, check=False
    )
    os.close(writing)
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr
    assert done.returncode in (1, HUNG_UP)


@pytest.mark.parametrize("text", [b"\xff", b"[" * 3000])
@pytest.mark.parametrize("command", ["explain", "decode"])
def test_no_argument_makes_a_traceback(command: str, text: bytes, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/placet.db"
    asyncio.run(migrate(url))
    where = ["--store", url] if command == "explain" else []
    done = subprocess.run([*PLACET, command, text, *where], capture_output=True, cwd=tmp_path, timeout=120, check=False)
    assert b"Traceback" not in done.stderr
    assert done.returncode in (FOUND, USAGE)
    assert b"error" in done.stderr


def test_the_tour_ends_when_its_reader_hangs_up_after_one_line(tmp_path: Path) -> None:
    command = [*PLACET, "demo", "--once", "--port", "0", "--folder", str(tmp_path)]
    with (tmp_path / "errors").open("wb") as errors:
        tour = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, cwd=tmp_path)
        assert tour.stdout is not None
        assert tour.stdout.readline()
        tour.stdout.close()
        code = tour.wait(240)
    said = (tmp_path / "errors").read_bytes()
    assert b"Traceback" not in said, said.decode()
    assert b"BrokenPipe" not in said
    assert code == HUNG_UP
