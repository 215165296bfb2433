"""Files that browsers load: packed beforehand, known by their hashes, kept for as long as they stay true."""

import gzip
from base64 import b64encode
from hashlib import sha256, sha384
from typing import Final

import brotli
from msgspec import Struct

from placet.api.http.request import Header, Request, Response

FOR_EVER: Final = b"public, max-age=31536000, immutable"
"""For a path that holds the hash of what it answers."""

FOR_A_WHILE: Final = b"public, max-age=300, stale-while-revalidate=86400"
"""For a stable name: a publication or an upgrade reaches every visitor within minutes."""

SCRIPT: Final[Header] = (b"content-type", b"text/javascript; charset=utf-8")


SMALL: Final = 16_384
HARDEST: Final = 11
QUICK: Final = 5
"""Brotli's levels: up to so many bytes the hardest is worth its time, spent once; for a long vendor list it is not."""


class NoScripts(Exception):
    """A folder does not hold the scripts of others that it should; says what to do about it."""


class StaticFile(Struct, frozen=True):
    """Bytes with their packed forms (empty when there is none) and the hash they are known by."""

    plain: bytes
    gzip: bytes
    brotli: bytes
    mark: str

    @property
    def integrity(self) -> str:
        """The hash a page can pin this file with (Subresource Integrity)."""
        return "sha384-" + b64encode(sha384(self.plain).digest()).decode()


def pack(plain: bytes, smallest: bytes = b"") -> StaticFile:
    """Pack bytes; the same bytes always make the same answer. `smallest`: in Brotli, where a build did that already."""
    hard = HARDEST if len(plain) <= SMALL else QUICK
    smallest = smallest or brotli.compress(plain, quality=hard)
    return StaticFile(plain, gzip.compress(plain, 9, mtime=0), smallest, sha256(plain).hexdigest()[:16])


def answer(request: Request, packed: StaticFile, kind: Header, retention: bytes) -> Response:
    """The bytes in the best form the browser reads, or 304 when it has them."""
    tag = b'"%b"' % packed.mark.encode()
    headers: tuple[Header, ...] = ((b"etag", tag), (b"cache-control", retention), (b"vary", b"accept-encoding"))
    if tag in request.headers.get(b"if-none-match", b""):
        return Response(304, b"", headers)
    headers += (kind, (b"x-content-type-options", b"nosniff"), (b"cross-origin-resource-policy", b"cross-origin"))
    accepted = request.header(b"accept-encoding")
    if packed.brotli and "br" in accepted:
        return Response(200, packed.brotli, (*headers, (b"content-encoding", b"br")))
    if "gzip" in accepted:
        return Response(200, packed.gzip, (*headers, (b"content-encoding", b"gzip")))
    return Response(200, packed.plain, headers)
