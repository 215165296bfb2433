"""The shop whose pages hold the banners, and the others' files, packed beforehand.

python -m bench.page.shop_server PORT FOLDER CONSENT_URL
"""

import sys
from pathlib import Path

import uvicorn

from bench.page.contenders import CONTENDERS
from placet.api.http.request import App, Receive, Scope, Send

KINDS = {"js": b"text/javascript", "css": b"text/css"}


def shop(folder: Path, consent: str) -> App:
    """Pages by the number of their contender, and everything below /peers/."""
    pages = {f"/{at}": one.page(consent).encode() for at, one in enumerate(CONTENDERS)}
    files = {
        f"/peers/{path.stem}": (path.read_bytes(), KINDS[path.stem.rpartition(".")[2]]) for path in folder.glob("*.br")
    }

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        page, file = pages.get(scope["path"]), files.get(scope["path"])
        if page is not None:
            await say(send, 200, page, [(b"content-type", b"text/html; charset=utf-8")])
            return
        if file is None:
            await say(send, 404, b"", [])
            return
        await say(send, 200, file[0], [(b"content-type", file[1]), (b"content-encoding", b"br")])

    return app


async def say(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    """One answer."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": body})


def main(port: str, folder: str, consent: str) -> None:
    """Serve until told to stop."""
    uvicorn.run(shop(Path(folder), consent), port=int(port), log_level="error", lifespan="off", access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
