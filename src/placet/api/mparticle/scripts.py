"""The script that mParticle's snippet loads: the vendor's own client and kit, with settings (mparticle.md §2.1).

Both are served from where an operator put their npm packages; neither is ours.
"""

import gzip
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from placet.api.http.static_files import NoScripts
from placet.api.mparticle.sdk_config import for_pages
from placet.errors import Missing
from placet.events.policy.compile_source import Source

CLIENT: Final = Path("web-sdk/dist/mparticle.js")
KIT: Final = Path("web-onetrust-kit/dist/OneTrustKit.common.js")

SCRIPT: Final = """(function () {{
var page = window.mParticle = window.mParticle || {{}};
var config = page.config = Object.assign({settings}, page.config);
{client}
{kit}
window.mParticle.init({key}, config);
}})();
"""
"""What the page says itself wins. What it called before the script came stands in `config.rq`, for the client."""

REGISTERED: Final = "(function () {{ var exports = {{}};\n{kit}\nexports.register(config); }})();"


class MparticleScripts(Struct, frozen=True):
    """The texts of the vendor's client and of its OneTrust kit; "" where one is not installed."""

    client: str = ""
    kit: str = ""

    def for_source(self, source: Source, key: str, base: str, debug: bool) -> tuple[bytes, bytes]:
        """The whole script for pages with this key, plain and packed. Raises Missing where there is no client."""
        if not self.client:
            raise Missing("the web client is not installed here")
        kit = self.kit if source.onetrust_kit else ""
        settings = for_pages(source, base, debug) | addresses(base) | {"isDevelopmentMode": debug}
        return put_together(self.client, kit, key, msgspec.json.encode(settings).decode())


@lru_cache(64)
def put_together(client: str, kit: str, key: str, settings: str) -> tuple[bytes, bytes]:
    """The script, plain and packed; the last few are kept, since every page asks for one of them."""
    registered = REGISTERED.format(kit=kit) if kit else ""
    named = msgspec.json.encode(key).decode()
    plain = SCRIPT.format(settings=settings, client=client, kit=registered, key=named).encode()
    return plain, gzip.compress(plain, 6, mtime=0)


def addresses(base: str) -> dict[str, Any]:
    """Every address the client may call, here; it has its settings already and need not ask for them."""
    where = urlsplit(base)
    here = f"{where.netloc}{where.path}"
    return {
        "requestConfig": False,
        "forceHttps": where.scheme == "https",
        "identityUrl": f"{here}/v1/",
        "aliasUrl": f"{here}/v1/identity/",
        "userAudienceUrl": f"{here}/v1/",
        "configUrl": f"{here}/JS/v2/",
        **{f"{version}SecureServiceUrl": f"{here}/{version}/JS/" for version in ("v1", "v2", "v3")},
    }


def load_scripts(folder: str) -> MparticleScripts:
    """Read both from `node_modules/@mparticle`; none when no folder is named. Raises NoScripts."""
    if not folder:
        return MparticleScripts()
    client, kit = Path(folder) / CLIENT, Path(folder) / KIT
    if not client.is_file():
        cure = "Install @mparticle/web-sdk and name node_modules/@mparticle."
        raise NoScripts(f"mparticle_scripts names {folder}, where there is no {CLIENT}. {cure}")
    return MparticleScripts(client.read_text("utf-8"), kit.read_text("utf-8") if kit.is_file() else "")
