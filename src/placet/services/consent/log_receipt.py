"""Take a receipt of a choice made elsewhere, and bring it into the person's profile."""

import asyncio
from collections.abc import Sequence
from typing import Final

from msgspec import Struct, json
from msgspec.structs import replace

from placet.consent.choices.reported import Report, joined_report, report_receipt, with_receipt
from placet.consent.profile.stored_profile import Id, VersionedProfile
from placet.consent.profile.timestamps import caught_up
from placet.consent.receipt import Receipt
from placet.consent.rules.published import Published
from placet.errors import Denied
from placet.runtime.context import NodeContext
from placet.runtime.optimistic_retry import retry_on_conflict
from placet.runtime.repeated_requests import check_same

CHECKED_AT_ONCE: Final = 50
"""Receipts checked before other requests get their turn."""


class LogReceipt(Struct, frozen=True):
    """A report as it arrived, for the app it names, with the token that may prove who it is about."""

    app_id: str
    report: Report
    token: str = ""
    evidence: bytes = b""
    idempotency_key: Id | None = None


async def log_receipts(requests: Sequence[LogReceipt], context: NodeContext, now: int) -> tuple[Receipt, ...]:
    """Keep several receipts, one by one, after each was found fit to be kept.

    Raises Missing (no such app) or Denied, and nothing is kept then; or Busy or Reused, when those before may have
    been: to send them again under their names keeps none of them twice.
    """
    for place, request in enumerate(requests, 1):
        accept_report(request, context.published_settings.published(request.app_id), context, now)
        if place % CHECKED_AT_ONCE == 0:
            await asyncio.sleep(0)
    return tuple([await log_receipt(use_case_request, context, now) for use_case_request in requests])


async def log_receipt(request: LogReceipt, context: NodeContext, now: int) -> Receipt:
    """Keep a reported receipt.

    Raises Missing (no such app), Denied (this site wants a token), Busy, or Reused (the key named another receipt).
    """
    return await retry_on_conflict(lambda: attempt(request, context, now))


async def attempt(request: LogReceipt, context: NodeContext, now: int) -> Receipt:
    """Load, decide, keep, answer. Raises Stale when the profile changed in between."""
    published = context.published_settings.published(request.app_id)
    site, id = published.publication.site, context.new_id(now)
    report = accept_report(request, published, context, now)
    person = context.pseudonym_of(published.publication, report.person)
    known = await context.profile(published.publication, report.person) if site.group else None

    receipt = report_receipt(report, published.publication, id.hex(), person.hex(), now)
    changed = joined(report, published, known, receipt, now)

    kept = await context.write(
        context.decision_with_message(receipt, changed, request.evidence, request.idempotency_key)
    )
    if kept.repeat is None:
        return receipt
    check_same(kept.repeat, person, request.evidence)
    return json.decode(kept.repeat.body, type=Receipt)


def accept_report(request: LogReceipt, published: Published, context: NodeContext, now: int) -> Report:
    """The report with its person proven, or left as merely claimed. Raises Denied where the site insists."""
    site, person = published.publication.site, request.report.person
    proven = bool(request.token) and context.proves(site.organisation, request.token, person.identifier, now)
    if site.token_required and not proven:
        raise Denied("this site takes receipts only with a token that proves the identifier")
    trusted = proven or (site.trusts_identifiers and person.known)
    return replace(request.report, person=replace(person, known=trusted))


def joined(
    report: Report, published: Published, known: VersionedProfile | None, receipt: Receipt, now: int
) -> VersionedProfile | None:
    """The profile with the report in it; None when nobody is known here or nothing reached the profile."""
    if known is None or not report.person.known:
        return None
    before = caught_up(known.profile, now) if known.version else None
    after = joined_report(report, published.publication, before, now, published.iab_purposes)
    return replace(known, profile=with_receipt(after, receipt.id)) if after != before else None
