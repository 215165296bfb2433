"""Segment's own analytics.js, served from where an operator put its npm package (segment.md §2.3)."""

from pathlib import Path
from typing import Final

from msgspec import Struct

from placet.api.http.request import Request, Response
from placet.api.http.static_files import FOR_A_WHILE, FOR_EVER, SCRIPT, NoScripts, StaticFile, answer, pack
from placet.errors import Missing

ENTRY: Final = "standalone.js"
"""What the package calls the script that pages know as `analytics.min.js`."""

HASHED: Final = ".bundle."
"""In the name of a chunk, before the hash of what it holds."""


class SegmentScripts(Struct, frozen=True):
    """The scripts of one version of the package, by file name."""

    files: dict[str, StaticFile]

    def entry(self, request: Request) -> Response:
        """The script that snippets load. Its name stays when its content changes."""
        return answer(request, self._named(ENTRY), SCRIPT, FOR_A_WHILE)

    def chunk(self, request: Request) -> Response:
        """What the entry loads when it needs it."""
        name = request.params["name"]
        return answer(request, self._named(name), SCRIPT, FOR_EVER if HASHED in name else FOR_A_WHILE)

    def _named(self, name: str) -> StaticFile:
        """One of the files that were there at the start: no name a page can think of leads to any other."""
        packed = self.files.get(name)
        if packed is None:
            raise Missing("there is no such script")
        return packed


def load_scripts(folder: str) -> SegmentScripts:
    """Read and pack every script of a folder; none when no folder is named. Raises NoScripts."""
    if not folder:
        return SegmentScripts({})
    found = {path.name: path for path in Path(folder).glob("*.js")}
    if ENTRY not in found:
        raise NoScripts(
            f"segment_scripts names {folder}, where there is no {ENTRY}. Install @segment/analytics-next "
            "and name its folder dist/umd."
        )
    return SegmentScripts({name: pack(path.read_bytes()) for name, path in found.items()})
