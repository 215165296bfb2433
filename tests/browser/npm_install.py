"""Browsers of the system's own: found, or fetched by its package manager where we may."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

LOCK: Final = Path(tempfile.gettempdir()) / "placet-tests-installing"


def found(*names: str) -> str | None:
    """Where the first of these programs is."""
    return next((path for name in names if (path := shutil.which(name))), None)


def fetched(package: str, *names: str) -> str | None:
    """The same, after Debian's package was installed if none was there; None where we may not install.

    One test worker after the other: a package manager at work refuses a second one, and a program is there before it
    is complete.
    """
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return found(*names)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if program := found(*names):
            return program
        for step in (["update", "-qq"], ["install", "-y", "-qq", package]):
            subprocess.run(["apt-get", *step], check=True, stdout=subprocess.DEVNULL)
        return found(*names)
