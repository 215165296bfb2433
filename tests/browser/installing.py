"""Browsers of the system's own: found, or fetched by its package manager where we may."""

import os
import shutil
import subprocess


def found(*names: str) -> str | None:
    """Where the first of these programs is."""
    return next((path for name in names if (path := shutil.which(name))), None)


def fetched(package: str, *names: str) -> str | None:
    """The same, after Debian's package was installed if none was there; None where we may not install."""
    if program := found(*names):
        return program
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    for step in (["update", "-qq"], ["install", "-y", "-qq", package]):
        subprocess.run(["apt-get", *step], check=True, stdout=subprocess.DEVNULL)
    return found(*names)
