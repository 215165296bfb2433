"""Repeated requests: what a repetition may differ in, and when it is decided anew."""

from typing import Final

from placet.consent.context import InteractionInput
from placet.consent.profile.stored_profile import Id
from placet.errors import Reused
from placet.runtime.context import NodeContext
from placet.settings.interactions import Effect
from placet.stores.ports.receipts import ReceiptRow

REFUSING: Final = frozenset({Effect.REFUSE, Effect.DECLINE, Effect.OPT_OUT, Effect.TRACKING_OFF})

ADVICE: Final = (
    "Idempotency-Key: this key was used for another person or another choice; send a new key with each choice"
)


def check_same(first: ReceiptRow, person: Id, evidence: bytes) -> None:
    """Raise Reused when a request's name was used before for another person or body."""
    if first.person != person or first.evidence != evidence:
        raise Reused(ADVICE)


def refuses_only(interaction: InteractionInput) -> bool:
    """True when a press grants nothing."""
    if interaction.interaction.effect is not Effect.STATE:
        return interaction.interaction.effect in REFUSING
    said = interaction.choices
    parts = (said.groups, said.legitimate, said.sdks, said.vendors, said.universal, said.options, said.bulk)
    vendors = (said.iab_vendors, said.iab_vendors_legitimate, said.google_vendors)
    return not any(any(part.values()) for part in (*parts, *vendors))


async def overtaken(first: ReceiptRow, context: NodeContext) -> bool:
    """True when the person chose something else after this receipt: the same bytes are then a new choice."""
    newest = await context.stores.ledger.of_person(first.organisation, first.person, 1)
    return bool(newest) and newest[0].id != first.id
