"""The browser's scripts as they were built, packed beforehand, known by their hashes."""

from pathlib import Path
from typing import Final

from msgspec import Struct, json

from placet.api.http.static_files import StaticFile, pack
from placet.api.web.hosts import lasting_id
from placet.settings.site import Site

NAMES: Final = (
    "otSDKStub.js",
    "otBannerSdk.js",
    "otPreferences.js",
    "otBefore.js",
    "otTCF.js",
    "otGPP.js",
    "OtAutoBlock.js",
    "tcf.stub.js",
    "otCCPAiab.js",
    "api.js",
    "react.js",
    "segment.js",
    "segment-tag.js",
    "google.js",
    "mparticle.js",
    "mparticle-tag.js",
)
TABLE: Final = '"%TABLE%"'
"""What the build leaves in `OtAutoBlock.js` for the table of a site."""


class SdkScripts(Struct, frozen=True):
    """Every script by its name."""

    files: dict[str, StaticFile]

    def __getitem__(self, name: str) -> StaticFile:
        return self.files[name]

    def named(self, name: str) -> tuple[str, str]:
        """A script's path below our own address, by its hash, and what a page can pin it with."""
        packed = self.files[name]
        return f"/scripttemplates/{packed.mark}/{name}", packed.integrity

    @property
    def hashes(self) -> dict[str, str]:
        """`sri-hashes.json`: each file's integrity."""
        return {name: packed.integrity for name, packed in self.files.items()}


def load_scripts(folder: Path) -> SdkScripts:
    """The scripts of a build. Raises FileNotFoundError when it was not made (`npm run build` in sdk/web)."""
    return SdkScripts({name: pack((folder / name).read_bytes(), _brotli(folder / f"{name}.br")) for name in NAMES})


def built_folder() -> Path:
    """Where the build lies: inside the installed package, or in the tree this file belongs to."""
    inside = Path(__file__).parent / "dist"
    return inside if inside.is_dir() else Path(__file__).parents[4] / "sdk" / "web" / "dist"


def auto_block(script: StaticFile, site: Site) -> StaticFile:
    """`OtAutoBlock.js` with a site's table: an address, and the category whose consent its tags wait for."""
    rows = [
        {"Tag": host, "CategoryId": [c.id, *([lasting_id(c.id, host)] if site.host_switches else [])], "Vendor": None}
        for c in site.categories
        for host in c.hosts
    ]
    # The table stands inside a script's string: JSON twice, and no `<` that could end the script early.
    table = json.encode(json.encode(rows).decode().replace("<", "\\u003c"))
    return pack(script.plain.replace(TABLE.encode(), table))


def _brotli(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
