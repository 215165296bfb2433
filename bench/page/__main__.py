"""Times our banner beside others in one browser and one run: `python -m bench.page [--quick]`.

Every round visits each of them once, each round in another order, so that whatever else the machine does strikes all.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from bench.machine import described
from bench.page.aims import verdict
from bench.page.contenders import CONTENDERS, OTHERS, OURS
from bench.page.report import p75, page, row_of, table
from bench.page.visit import Visit, visit
from bench.servers import HERE, Server, end_tidily, free_port

FOLDER: Final = HERE / "page"
ARGUMENTS: Final = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
ROUNDS, QUICK = 21, 2


def build(out: Path) -> None:
    """Install the others once, as their lock file names them, and bundle them."""
    beside = Path(sys.executable).parent
    node, npm = (shutil.which(name) or str(beside / name) for name in ("node", "npm"))
    if not (FOLDER / "node_modules").exists():
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=FOLDER, check=True)
    subprocess.run([node, str(FOLDER / "peers" / "build.cjs"), str(out)], check=True)


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The shop's server and ours; the shop's address."""
    consent, shop = free_port(), free_port()
    origin, program = f"http://127.0.0.1:{shop}", [sys.executable, "-m"]
    ours = [*program, "bench.page.consent_server", str(consent), f"sqlite:///{folder}/placet.db", origin]
    theirs = [*program, "bench.page.shop_server", str(shop), f"{folder}/peers", f"http://127.0.0.1:{consent}"]
    with ExitStack() as stack:
        for name, command, port in (("placet", ours, consent), ("shop", theirs, shop)):
            stack.callback(Server(name, command, port).stop)
        yield origin


def measured(browser: Browser, origin: str, rounds: int) -> dict[str, list[Visit]]:
    """All visits, by contender; the first round only warms everything up."""
    visits: dict[str, list[Visit]] = {one.name: [] for one in CONTENDERS}
    for turn in range(rounds + 1):
        order = range(turn, turn + len(CONTENDERS))
        for at in (place % len(CONTENDERS) for place in order):
            seen = visit(browser, f"{origin}/{at}", CONTENDERS[at])
            if turn:
                visits[CONTENDERS[at].name].append(seen)
    return visits


def main(words: list[str]) -> None:
    """Measure, print, write."""
    end_tidily()
    quick, machine = "--quick" in words, described()
    print("\n".join(machine), flush=True)
    with tempfile.TemporaryDirectory(prefix="placet-bench-") as name, sync_playwright() as tool:
        folder = Path(name)
        build(folder / "peers")
        browser = tool.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        with running(folder) as origin:
            visits = measured(browser, origin, QUICK if quick else ROUNDS)
        machine.append(f"Chromium {browser.version}, headless")
        browser.close()
    bare = visits["nothing"]
    ours, others = ([row_of(one.name, visits[one.name], bare) for one in some] for some in (OURS, OTHERS))
    said = verdict(ours, others, p75([one.blocking for one in bare]))
    print(table([*ours, *others]), said, sep="\n\n")
    if not quick:
        report = HERE.parent / "docs" / "contributing" / "performance-page.md"
        report.write_text(page(machine, [*ours, *others], bare, said))


if __name__ == "__main__":
    main(sys.argv[1:])
