"""What the measurements were made on, in a few lines."""

import platform
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

PARTS = ("uvicorn", "uvloop", "httptools", "msgspec", "asyncpg")


def described() -> list[str]:
    """Date, commit, processor, system and versions, one line each."""
    parts = ", ".join(f"{part} {version(part)}" for part in PARTS)
    load = ", ".join(f"{one:.1f}" for one in psutil.getloadavg())
    return [
        f"Date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC · commit {commit()}",
        f"Processor: {processor()} · {psutil.cpu_count()} cores · {psutil.virtual_memory().total >> 30} GB",
        f"System: {platform.system()} {platform.release()} · load average {load} as the run began",
        f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}, {parts}",
    ]


def commit() -> str:
    """The commit that is checked out, with a plus where files differ from it."""
    here = Path(__file__).parent

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=here, capture_output=True, text=True, check=True).stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "")


def processor() -> str:
    """The processor's name, as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def explained(words: list[str], what: str | None) -> None:
    """Print what a measurement is and takes, and end, where that is all that was asked."""
    if {"-h", "--help"} & {*words}:
        print(what)
        sys.exit(0)
