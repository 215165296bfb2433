"""The one door: a batch of events, settled. Whose each is, where it may go, and what is to be written.

1 dropped     what cannot be taken in (`intake_checks`)
2 repeated    what was taken in before, in this batch or earlier
3 identity    whose it is; where people turn out to be one, what was agreed to under their names comes along
4 suppressed  what belongs to somebody on the suppression list leaves no trace but a count
5 consent     a choice that the event tells of is remembered under its names
6 judged      a verdict for each connection, with the person's consent as of then
"""

from collections.abc import Iterable, Sequence

from placet.events.event import Event
from placet.events.identity.consent_by_identifier import PUBLIC, Trust
from placet.events.identity.graph import IdentityRules
from placet.events.ingest.batch_state import BatchIngest
from placet.events.ingest.values import (
    NO_IDENTIFIER_CONSENTS,
    ConsentWritePolicy,
    IdentifierConsents,
    IngestResult,
    KnownPerson,
)
from placet.events.policy.evaluate import Routes


def ingest(
    batch: Sequence[Event],
    found: Iterable[KnownPerson],
    rules: IdentityRules,
    routes: Routes,
    new_ids: Sequence[str],
    seen: frozenset[str] = frozenset(),
    remember: ConsentWritePolicy = ConsentWritePolicy.CHOICES,
    memories: IdentifierConsents = NO_IDENTIFIER_CONSENTS,
    trust: Trust = PUBLIC,
) -> IngestResult:
    """Settle a batch from one source, whose events have the names that count (`person_of.named`).

    `found` is everybody who goes by a name in the batch, `new_ids` one id for each event, in case it is about
    somebody new, `seen` the ids of events that the store has already, `identifier_consents` what is remembered
    under each
    name of the batch and of those people.
    """
    batch_ingest = BatchIngest(found, rules, routes, seen, remember, memories, trust)
    for event, new_id in zip(batch, new_ids, strict=True):
        batch_ingest.take(event, new_id)
    return batch_ingest.settled(len(batch))
