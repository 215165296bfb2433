"""Stores an object in an S3-compatible bucket: one request, signed by AWS Signature Version 4.

Facts: docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, whose examples the tests run.
"""

import hmac
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from placet.outputs.destination import HttpRequest

ALGORITHM: Final = "AWS4-HMAC-SHA256"


class Keys(Struct, frozen=True):
    """The credentials that sign, and the region they sign for."""

    id: str
    secret: str
    region: str


def put(url: str, body: bytes, keys: Keys, now: int, *, loopback: bool = False) -> HttpRequest:
    """The request that puts `body` at `url` (its path percent-encoded); `now` is epoch ms."""
    content = sha256(body).hexdigest()
    stamp = datetime.fromtimestamp(now // 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    signed = {"host": urlsplit(url).netloc, "x-amz-content-sha256": content, "x-amz-date": stamp}
    headers = (
        ("Content-Length", str(len(body))),
        ("x-amz-content-sha256", content),
        ("x-amz-date", stamp),
        ("Authorization", authorization("PUT", url, signed, content, keys, stamp)),
    )
    return HttpRequest(url, headers, body, loopback, "PUT", reads_body=4096)


def authorization(method: str, url: str, headers: dict[str, str], content: str, keys: Keys, stamp: str) -> str:
    """The Authorization header. `headers` are all signed headers, names in lower case; `content` is the body's hash."""
    parts = urlsplit(url)
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    canonical = "\n".join((method, parts.path or "/", parts.query, lines, names, content))
    scope = f"{stamp[:8]}/{keys.region}/s3/aws4_request"
    text = "\n".join((ALGORITHM, stamp, scope, sha256(canonical.encode()).hexdigest()))
    signature = hmac.digest(signing_key(keys, stamp[:8]), text.encode(), "sha256").hex()
    return f"{ALGORITHM} Credential={keys.id}/{scope},SignedHeaders={names},Signature={signature}"


def signing_key(keys: Keys, day: str) -> bytes:
    """The signing key for one day, region and service."""
    key = f"AWS4{keys.secret}".encode()
    for part in (day, keys.region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
