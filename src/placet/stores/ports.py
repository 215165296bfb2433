"""What a story may ask of any store, and what it is promised.

Nine narrow ports, by promise and not by table. Every engine is held to this prose by one suite,
`tests/stores/test_promises.py`.

- **Ledger**: receipts. Added, never changed.
- **People**: profiles. Replaced only by someone who has seen the version they replace.
- **Catalogue**: settings. Drafts are versioned; publications are immutable; every change is audited.
- **Outbox**: notes to other stories. Delivered at least once.
- **Events**: what happened, as it was taken in. Added, never changed; each event once.
- **Holdings**: which destination holds data about whom, and what it was told to forget.
- **Identities**: who goes by which names. Changed only by someone who has seen them as they are.
- **Suppressions**: whose events are not taken in, and what else was asked about people.
- **Tokens**: keys to workspaces. Added and revoked, each time with a line in the history.

`Stores.keep` writes what a decision returned, a receipt, a profile and notes, in one transaction.

For all of them:
- Durable: when a write returns, it survives `kill -9` of the process and loss of power.
- Atomic: a write happens as a whole or not at all, also in the eyes of concurrent readers.
- Concurrent: every method may be called from many tasks, and from several processes on one database.
- Read-your-writes: a read that starts after a write returned sees it, on every node of one database.
- Times are epoch milliseconds; ids are 16 bytes and, for receipts and notes, ordered by time (UUIDv7).
- Raised: only `Stale` (someone was faster: load and decide again), `Busy` (the store cannot take it now:
  disk full, connection lost, shutting down; come back later) and `Missing`. No exception of a database driver
  leaves this floor. What no engine could hold (an id that is not 16 bytes, a time before 1970, a zero
  character in a name) is refused when the value is made: ValueError, the caller's bug.
- After `Busy` nothing is half-written. Usually nothing is written at all; but a connection that breaks while
  a commit is on its way cannot tell. Try again with the same ids: a note or a receipt is kept once.
"""

from enum import StrEnum
from typing import Final, Protocol

from msgspec import Struct

from placet.consent.errors import Busy as Busy
from placet.consent.errors import Missing as Missing
from placet.consent.errors import Stale as Stale
from placet.consent.organisation import Organisation
from placet.consent.profile import Profile
from placet.consent.site import Publication, Stage
from placet.stores.binding import BoundToSecret
from placet.stores.cabinet import Cabinet as Cabinet
from placet.stores.cabinet import KeptList as KeptList
from placet.stores.holdings import Holding as Holding
from placet.stores.holdings import Holdings as Holdings
from placet.stores.holdings import State as State
from placet.stores.holdings import Withdrawal as Withdrawal
from placet.stores.identities import UNCHANGED as UNCHANGED
from placet.stores.identities import Identities as Identities
from placet.stores.identities import Ties as Ties
from placet.stores.notes import Aside as Aside
from placet.stores.notes import Key as Key
from placet.stores.notes import Note as Note
from placet.stores.notes import Outbox as Outbox
from placet.stores.suppressions import Blanked as Blanked
from placet.stores.suppressions import Regulation as Regulation
from placet.stores.suppressions import Ruling as Ruling
from placet.stores.suppressions import Suppressions as Suppressions
from placet.stores.tokens import Tokens as Tokens

LATEST: Final = 2**63 - 1
"""The last millisecond every engine can write down."""


class ReceiptRow(Struct, frozen=True):
    """A receipt as the ledger keeps it.

    `id` is a UUIDv7 of the moment we received it; a person's receipts stand in the order of their ids.
    `person` is the pseudonym of who chose; `at` when we received it; `body` the receipt itself (JSON);
    `evidence` the request body as the device sent it, byte for byte. `test` receipts come from test publications.
    """

    id: Key
    organisation: str
    site: str
    person: Key
    at: int
    body: bytes
    evidence: bytes = b""
    test: bool = False


class Known(Struct, frozen=True):
    """A person's profile in one consent group, and the version it has (0 = not kept yet)."""

    group: Key
    person: Key
    profile: Profile
    version: int = 0


class Keep(Struct, frozen=True):
    """What one decision wants written, all of it or nothing.

    `known.version` is the version that was loaded; it is kept as `version + 1`. `once` names the request, and
    needs a receipt: a second `Keep` with the same name within `once_for` milliseconds of the first (by their
    `at`) writes nothing and is answered with what the first one kept. So is, at any time, a `Keep` whose
    receipt's id is already in the ledger: this is how to ask again after `Busy`.
    """

    receipt: ReceiptRow | None = None
    known: Known | None = None
    notes: tuple[Note, ...] = ()
    once: Key | None = None
    once_for: int = 600_000
    at: int = 0

    def __post_init__(self) -> None:
        """Refuse what no engine could write, here, where the traceback still shows whose bug it is."""
        if flaw := flaw_of(self):
            raise ValueError(f"this cannot be kept: {flaw}")


class Kept(Struct, frozen=True):
    """What became of a `Keep`: `repeat` is None when it was written now, else the first one's receipt row."""

    repeat: ReceiptRow | None = None


class Batch(Struct, frozen=True):
    """A batch of events as it was taken in from a source, at `at`.

    `body` holds events and verdicts (see `events.frame`), `gates` names the gates that gave the verdicts.
    """

    id: Key
    organisation: str
    source: str
    at: int
    gates: Key
    body: bytes


class Became(StrEnum):
    """How a delivery ended."""

    SENT = "sent"
    HELD = "held"
    GIVEN_UP = "given up"


class Outcome(Struct, frozen=True):
    """What became of an event's delivery over a connection, why, and how often it had been tried before."""

    event: Key
    connection: str
    at: int
    became: Became
    why: str = ""
    tries: int = 0


def flaw_of(keep: Keep) -> str:
    """Why no engine could write this, or the empty string."""
    receipt, known, once = keep.receipt, keep.known, keep.once
    if once is not None and receipt is None:
        return "`once` without a receipt to answer the second request with"
    flaws = [flaw_in((note.id, note.about), (note.due,), note.kind) for note in keep.notes]
    flaws.append(flaw_in((once,) if once is not None else (), (keep.at, keep.at + keep.once_for), ""))
    if receipt is not None:
        flaws.append(flaw_in((receipt.id, receipt.person), (receipt.at,), receipt.organisation + receipt.site))
    if known is not None:
        flaws.append(flaw_in((known.group, known.person), (known.version,), ""))
    return next(filter(None, flaws), "")


def flaw_in(keys: tuple[Key, ...], times: tuple[int, ...], names: str) -> str:
    """Why no engine could write rows with these in them, or the empty string."""
    for key in keys:
        if len(key) != 16:
            return "an id is not 16 bytes long"
    for time in times:
        if not 0 <= time < LATEST:
            return "a time or version is negative or beyond 63 bits"
    return "a name contains a zero character" if "\0" in names else ""


class Ledger(Protocol):
    """Receipts: added by `Stores.keep`, never changed, found again by id or person."""

    async def receipt(self, id: Key) -> ReceiptRow:
        """The receipt with this id. Raises Missing."""
        ...

    async def of_person(
        self, organisation: str, person: Key, limit: int = 100, before: Key | None = None
    ) -> list[ReceiptRow]:
        """A person's receipts in one organisation, newest first; `before` (a receipt's id, exclusive) turns the page.

        An id and not a time, since the receipts of one bulk request share their time.
        """
        ...

    async def count(self, organisation: str) -> int:
        """How many receipts an organisation has."""
        ...


class People(Protocol):
    """Profiles, found by consent group and pseudonym."""

    async def find(self, group: Key, person: Key) -> Known | None:
        """The profile as last kept, or None. Never older than the last `keep` that returned."""
        ...


class Events(Protocol):
    """Batches of events, each event kept once by its name: a key made of its source and its own id."""

    async def keep(
        self, batch: Batch, gates: bytes, names: tuple[Key, ...], notes: tuple[Note, ...],
        ties: Ties = UNCHANGED, claims: tuple[Known, ...] = (),
    ) -> None:  # fmt: skip
        """Add a batch, its events' names, what its gates were, and notes: in one transaction, on disk when it returns.

        With it goes what it changed about people (`ties`) and profiles (`claims`, each once, as it was seen).
        Raises Stale when a name is taken or something is not as it was seen (nothing was written), or Busy.
        """
        ...

    async def known(self, names: list[Key]) -> frozenset[Key]:
        """Those of the names that are taken."""
        ...

    async def batch(self, id: Key) -> Batch:
        """The batch with this id. Raises Missing."""
        ...

    async def batch_of(self, event: Key) -> Batch:
        """The batch an event came in. Raises Missing."""
        ...

    async def gates(self, id: Key) -> bytes:
        """The gates of this name, as they were kept with the first batch that named them. Raises Missing."""
        ...

    async def finish(self, notes: list[Key], outcomes: list[Outcome]) -> None:
        """These notes are done, and this is what became of them: in one transaction."""
        ...

    async def outcomes(self, event: Key) -> list[Outcome]:
        """What became of an event's deliveries, oldest first."""
        ...

    async def latest(self, organisation: str, source: str, most: int, before: Key | None = None) -> list[Batch]:
        """A source's newest batches, newest first; `before` (a batch's id, exclusive) turns the page."""
        ...

    async def oldest(self, before: int, most: int) -> list[Batch]:
        """The oldest batches of all sources that came in before this time, oldest first."""
        ...

    async def drop(self, batches: list[Key], names: list[Key]) -> None:
        """Forget batches, these names of events, and what became of those: in one transaction.

        Whoever drops a batch names all its events: a name that stays would refuse its message for ever.
        """
        ...


class Draft(Struct, frozen=True):
    """An organisation's settings as last applied, and their version (counted from 1)."""

    organisation: Organisation
    version: int
    applied_at: int
    applied_by: str


class AuditEntry(Struct, frozen=True):
    """Who changed what, when: one line of an organisation's history."""

    at: int
    by: str
    action: str
    subject: str
    detail: str = ""


class Shelf(Struct, frozen=True):
    """What a running node needs of the catalogue: current publications and drafts, at one revision.

    `revision` changes with every write to the catalogue, in any process.
    """

    revision: int
    publications: tuple[Publication, ...]
    drafts: tuple[Draft, ...]


class Catalogue(Protocol):
    """Settings: drafts replaced by compare-and-swap, publications added and pointed at, all of it audited.

    `site` is a site's `app_id` here, since two workspaces may both have a site called `web`. Organisations
    are named by their GUID in lower case.
    """

    async def draft(self, organisation: str) -> Draft | None:
        """An organisation's settings as last applied."""
        ...

    async def apply(self, organisation: Organisation, seen: int, by: str, now: int, detail: str = "") -> Draft:
        """Replace the draft whose version is `seen` (0 = there is none). Raises Stale."""
        ...

    async def publish(self, publications: list[Publication]) -> None:
        """Add these and make each current for its site and stage, all at once.

        Raises Stale when a number is not the next one of its site and stage.
        """
        ...

    async def point(self, organisation: str, site: str, stage: Stage, number: int, by: str, now: int) -> None:
        """Make an earlier publication current again (rollback). Raises Missing."""
        ...

    async def history(self, organisation: str, site: str, stage: Stage) -> list[Publication]:
        """Every publication of a site, newest first, whether current or not."""
        ...

    async def revision(self) -> int:
        """The current revision; cheap enough to ask four times a second."""
        ...

    async def shelf(self) -> Shelf:
        """Everything current, of all organisations, at one moment."""
        ...

    async def write_down(self, organisation: str, entry: AuditEntry) -> None:
        """Add a line to an organisation's history that no change of settings is behind."""
        ...

    async def audit(self, organisation: str, limit: int = 100) -> list[AuditEntry]:
        """The newest entries of an organisation's history, newest first."""
        ...


class Stores(BoundToSecret, Protocol):
    """The nine ports and the one way to write a choice down."""

    @property
    def ledger(self) -> Ledger:
        """Receipts."""
        ...

    @property
    def people(self) -> People:
        """Profiles."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """Settings."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Notes to other stories."""
        ...

    @property
    def events(self) -> Events:
        """What happened."""
        ...

    @property
    def suppressions(self) -> Suppressions:
        """People whose events are not taken in."""
        ...

    @property
    def tokens(self) -> Tokens:
        """Keys to workspaces."""
        ...

    @property
    def holdings(self) -> Holdings:
        """Who holds whose data."""
        ...

    @property
    def identities(self) -> Identities:
        """Who goes by which names."""

    async def keep(self, keep: Keep) -> Kept:
        """Write a decision: receipt, profile and notes, in one transaction; on disk when this returns.

        Raises Stale (the profile's version is not `known.version`; nothing was written) or Busy.
        """
        ...

    async def ready(self) -> None:
        """Return when a read and a write would succeed now. Raises Busy."""
        ...

    async def close(self) -> None:
        """Finish what was accepted, refuse what comes now (Busy), and let go of files and connections."""
        ...
