"""What a story may ask of any store, and what it is promised.

Nine narrow ports, by promise and not by table. Every engine is held to this prose by one suite,
`tests/stores/test_port_contract.py`.

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

from typing import Protocol

from placet.stores.ports.api_tokens import Tokens
from placet.stores.ports.catalogue import Catalogue
from placet.stores.ports.data_holdings import Holdings
from placet.stores.ports.decision import WriteDecision, WriteResult
from placet.stores.ports.events import Events
from placet.stores.ports.identities import Identities
from placet.stores.ports.outbox import Outbox
from placet.stores.ports.profiles import Profiles
from placet.stores.ports.receipts import Ledger
from placet.stores.ports.secret_binding import BoundToSecret
from placet.stores.ports.suppressions import Suppressions


class Stores(BoundToSecret, Protocol):
    """The nine ports and the one way to write a choice down."""

    @property
    def ledger(self) -> Ledger:
        """Receipts."""
        ...

    @property
    def profiles(self) -> Profiles:
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

    async def write(self, keep: WriteDecision) -> WriteResult:
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
