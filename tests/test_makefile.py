"""What `make` says and how it ends."""

import os
import pty
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = re.compile(r"^([a-z]+):(?!=)", re.MULTILINE)

DEMO = """#!/bin/sh
trap 'echo stopped; exit 0' INT
echo running
while :; do sleep 0.1; done
"""


def on_a_terminal(command: list[str], wait_for: bytes, keys: bytes) -> tuple[int, bytes]:
    """Run a command on a terminal and press keys once it has written something; its exit code and output."""
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    written = b""
    pressed = False
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        if not piece:
            break
        written += piece
        if wait_for in written and not pressed:
            os.write(terminal, keys)
            pressed = True
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), written


def test_ctrl_c_ends_the_demo_and_make_succeeds(tmp_path):
    program = tmp_path / "placet"
    program.write_text(DEMO)
    program.chmod(0o755)
    for name in ("ready", "web_ready", "built"):
        (tmp_path / name).touch()
    settings = [f"BIN={tmp_path}", f"READY={tmp_path}/ready", f"WEB_READY={tmp_path}/web_ready"]
    command = ["make", "-C", str(ROOT), "demo", *settings, f"WEB_BUILT={tmp_path}/built"]
    code, written = on_a_terminal(command, b"running", b"\x03")
    assert code == 0, written
    assert b"stopped" in written


def test_help_lists_every_target():
    targets = set(TARGET.findall((ROOT / "Makefile").read_text()))
    told = subprocess.run(["make", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in told.splitlines() if line.startswith("  make ")} == targets
