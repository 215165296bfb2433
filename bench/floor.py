"""The floor: the same server and the same stores under a handler that gives canned answers.

    python -m bench.floor PORT CORE STORE_URL SAMPLE

Reads are answered without a look at the request. A save reads and decodes the body and hands `Stores.write` what a
save of ours hands it: a receipt, a profile, a note and the request's name, all of the same size, with versions kept
up by counting.
"""

import asyncio
import os
import sys
from itertools import count
from pathlib import Path

from msgspec import json, msgpack

from bench.shop import BANNER, PEOPLE, PROFILE, SAVE, Canned, Rows, Sample
from placet.api.cmp.read_body import SaveBody
from placet.api.http.request import App, Receive, Scope, Send
from placet.app.node import now
from placet.config import Config
from placet.consent.profile.stored_profile import VersionedProfile
from placet.ids import new_id
from placet.server.run import Served, serve
from placet.stores.open import migrate, open_stores
from placet.stores.ports.decision import WriteDecision
from placet.stores.ports.outbox import OutboxMessage
from placet.stores.ports.receipts import ReceiptRow
from placet.stores.ports.stores import Stores

decode = json.Decoder(SaveBody).decode


class Shoppers:
    """Everybody in turn, with the version that their profile has; one comes around again after all the others."""

    def __init__(self) -> None:
        self.people = [os.urandom(16) for _ in range(PEOPLE)]
        self.numbers = count()

    def keep(self, rows: Rows, evidence: bytes) -> WriteDecision:
        """The next save."""
        version, n = divmod(next(self.numbers), PEOPLE)
        person, at = self.people[n], now()
        id, message = new_id(at), new_id(at)
        return WriteDecision(
            ReceiptRow(id, rows.organisation, rows.site, person, at, rows.receipt, evidence),
            VersionedProfile(rows.group, person, rows.profile, version),
            (OutboxMessage(message, "consent", person, rows.note, at),),
            os.urandom(16),
            86_400_000,
            at,
        )


async def say(answer: Canned, send: Send) -> None:
    """One canned answer."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


def app_of(sample: Sample, stores: Stores) -> App:
    """The handler; a banner is the fresh one unless a memory comes along in the query."""
    shoppers, saved = Shoppers(), sample.answers["save"]
    answers = {
        (BANNER, b""): sample.answers["fresh"],
        (BANNER, b"returning"): sample.answers["returning"],
        (PROFILE, b""): sample.answers["profile"],
    }

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != SAVE:
            await say(answers[scope["path"], scope["query_string"]], send)
            return
        body = (await receive())["body"]
        decode(body)
        await stores.write(shoppers.keep(sample.rows, body))
        await say(saved, send)

    return app


def main(port: str, core: str, url: str, sample: str) -> int:
    """Serve until told to stop."""
    os.sched_setaffinity(0, {int(core)})

    async def opening() -> Served:
        await migrate(url)
        stores = await open_stores(url)
        canned = msgpack.decode(await asyncio.to_thread(Path(sample).read_bytes), type=Sample)
        return Served(app_of(canned, stores), stores.close)

    return serve(opening, Config(port=int(port)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
