"""The snippet's script is the vendor's own, with the settings of a source in front."""

import gzip
from pathlib import Path

import pytest

from placet.config import BadSettings, Config
from tests.api.mparticle.sample_shop import WEB, open_shop
from tests.api.node_context import Server, start


def installed(folder: Path, *, kit: bool = True) -> str:
    """Something that stands where the vendor's packages would."""
    (folder / "web-sdk/dist").mkdir(parents=True)
    (folder / "web-sdk/dist/mparticle.js").write_text("var mParticle = {/* client {} */};")
    (folder / "web-onetrust-kit/dist").mkdir(parents=True)
    if kit:
        (folder / "web-onetrust-kit/dist/OneTrustKit.common.js").write_text("exports.register = function () {};")
    return str(folder)


async def serving(folder: str) -> Server:
    server = await start(config=Config(mparticle_scripts=folder, public_url="https://consent.example"))
    await open_shop(server)
    return server


async def test_the_script_holds_client_kit_and_settings(tmp_path: Path) -> None:
    server = await serving(installed(tmp_path))
    answer = await server.ask("GET", f"/js/v2/{WEB}/mparticle.js?env=1")
    assert answer.headers["content-type"].startswith("text/javascript")
    text = answer.body.decode()
    assert "/* client {} */" in text and "exports.register(config)" in text
    assert '"v3SecureServiceUrl":"consent.example/v3/JS/"' in text
    assert '"isDevelopmentMode":true' in text and '"forceHttps":true' in text
    assert f'window.mParticle.init("{WEB}", config)' in text
    packed = await server.ask("GET", f"/js/v2/{WEB}/mparticle.js?env=1", {"Accept-Encoding": "gzip, br"})
    assert gzip.decompress(packed.body) == answer.body
    await server.node.close()


async def test_a_script_without_the_kit_is_served_too(tmp_path: Path) -> None:
    server = await serving(installed(tmp_path, kit=False))
    assert b"register" not in (await server.ask("GET", f"/js/v2/{WEB}/mparticle.js")).body
    await server.node.close()


@pytest.mark.parametrize("key", ["nobody-s-key", WEB])
async def test_where_the_client_is_not_installed_there_is_no_script(server: Server, key: str) -> None:
    assert (await server.ask("GET", f"/js/v2/{key}/mparticle.js")).status == 404


async def test_a_folder_without_the_client_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="Install @mparticle/web-sdk"):
        await start(config=Config(mparticle_scripts=str(tmp_path)))
