"""Segment's own scripts from the operator's folder: what is there is served, and nothing beside it."""

import gzip
from pathlib import Path

import pytest

from placet.config import BadSettings, Config
from tests.api.node_context import Server, start
from tests.api.segment.test_routes import KEY

ENTRY = f"/analytics.js/v1/{KEY}/analytics.min.js"
CHUNK = "tsub-middleware.bundle.89bf0705.js"


async def served(folder: Path) -> Server:
    """A server whose operator has installed the package."""
    scripts = folder / "umd"
    scripts.mkdir()
    for name in ("standalone.js", CHUNK, "index.js", "standalone.js.map"):
        (scripts / name).write_text(f"run('{name}')")
    (folder / "secret.js").write_text("secret")
    return await start(config=Config(segment_scripts=str(scripts)))


async def test_the_entry_is_kept_for_a_while_and_a_chunk_for_ever(tmp_path: Path) -> None:
    server = await served(tmp_path)
    entry = await server.ask("GET", ENTRY, {"Accept-Encoding": "gzip", "Origin": "https://anywhere.example"})
    assert gzip.decompress(entry.body) == b"run('standalone.js')"
    assert "immutable" not in entry.headers["cache-control"]
    assert entry.headers["access-control-allow-origin"] == "https://anywhere.example"
    chunk = await server.ask("GET", f"/analytics-next/bundles/{CHUNK}")
    assert chunk.body.decode() == f"run('{CHUNK}')"
    assert chunk.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = await server.ask("GET", ENTRY, {"If-None-Match": entry.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    await server.node.close()


@pytest.mark.parametrize("name", [
    "nothing.js", "standalone.js.map", "../secret.js", "..%2fsecret.js", "%2e%2e/secret.js", "..\\secret.js",
    "/etc/passwd",
])  # fmt: skip
async def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    server = await served(tmp_path)
    assert (await server.ask("GET", f"/analytics-next/bundles/{name}")).status == 404
    await server.node.close()


async def test_an_unknown_key_has_no_script(tmp_path: Path) -> None:
    server = await served(tmp_path)
    assert (await server.ask("GET", "/analytics.js/v1/nobody/analytics.min.js")).status == 404
    await server.node.close()


async def test_without_a_folder_there_are_no_scripts(server: Server) -> None:
    answer = await server.ask("GET", ENTRY)
    assert (answer.status, answer.json["code"]) == (404, "not_found")


async def test_a_folder_without_the_package_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"no standalone\.js\. Install @segment/analytics-next"):
        await start(config=Config(segment_scripts=str(tmp_path)))
