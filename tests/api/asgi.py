"""Asks an ASGI application one question, in process."""

from collections.abc import Sequence

from msgspec import Struct

from placet.api.http.request import App, Header


class Answer(Struct, frozen=True):
    """What came back; nothing came back when `status` is 0."""

    status: int
    headers: dict[str, str]
    body: bytes
    varies: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()


async def ask(
    app: App,
    method: str,
    url: str,
    headers: Sequence[tuple[str, str]] = (),
    body: bytes | Sequence[bytes] = b"",
    client: tuple[str, int] | None = ("192.0.2.7", 5000),
    hang_up: bool = False,
) -> Answer:
    """Send one request, its body in as many pieces as given; `hang_up` disconnects instead of the last piece."""
    path, _, query = url.partition("?")
    pieces = [body] if isinstance(body, bytes) else list(body)
    sent: list[dict] = []

    async def receive() -> dict:
        piece = pieces.pop(0)
        if hang_up and not pieces:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: dict) -> None:
        sent.append(message)

    raw: list[Header] = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": raw,
        "client": client,
    }
    await app(scope, receive, send)
    if not sent:
        return Answer(0, {}, b"")
    answered = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    return Answer(
        sent[0]["status"],
        dict(answered),
        b"".join(message["body"] for message in sent[1:]),
        tuple(value for name, value in answered if name == "vary"),
        tuple(value for name, value in answered if name == "set-cookie"),
    )
