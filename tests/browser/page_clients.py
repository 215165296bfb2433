"""Clients of others that run in pages: installed from npm, bundled as a site would, never changed."""

from functools import cache
from pathlib import Path
from typing import Final

from on_node import ask, installed

CLIENTS: Final = Path(__file__).parent / "node-page"
SEGMENT_SCRIPTS: Final = Path("node_modules/@segment/analytics-next/dist/umd")
"""Below the folder where the clients are installed: what an operator names in `segment_scripts`."""

WEB: Final = Path(__file__).parents[2] / "sdk" / "web"


@cache
def bundled(entry: str) -> str:
    """The script that a site's own bundler makes of this code, which may import the clients and our package."""
    question = {"entry": entry, "ours": str(WEB / "dist")}
    answer: str = ask(CLIENTS / "bundle.cjs", question)
    return answer


@cache
def on_a_server(entry: str) -> str:
    """What this code exports as `answer` when Node runs it, where there is no window."""
    question = {"entry": entry, "ours": str(WEB / "dist"), "run": True}
    answer: str = ask(CLIENTS / "bundle.cjs", question)
    return answer


@cache
def snippet(host: str, write_key: str) -> str:
    """Segment's snippet as its own package writes it, with only the host changed; over plain HTTP, as the tests are."""
    answer: str = ask(CLIENTS / "snippet.cjs", {"host": host, "apiKey": write_key})
    return answer


def installed_file(path: str) -> str:
    """The text of a file of an installed client."""
    return (installed(CLIENTS) / "node_modules" / path).read_text("utf-8")
