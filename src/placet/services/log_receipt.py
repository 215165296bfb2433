"""Take a receipt of a choice made elsewhere, and bring it into the person's profile."""

from collections.abc import Sequence

from msgspec import Struct, json
from msgspec.structs import replace

from placet.consent.errors import Denied
from placet.consent.published import Published
from placet.consent.receipt import Receipt
from placet.consent.reported import Report, joined_report, report_receipt, with_receipt
from placet.consent.stamps import caught_up
from placet.stores.house import House, decided
from placet.stores.ports import Key, Known
from placet.stores.repetition import check_same


class LogReceipt(Struct, frozen=True):
    """A report as it arrived, for the app it names, with the token that may prove who it is about."""

    app_id: str
    report: Report
    token: str = ""
    evidence: bytes = b""
    once: Key | None = None


async def log_receipts(asks: Sequence[LogReceipt], house: House, now: int) -> tuple[Receipt, ...]:
    """Keep several receipts, one by one, after each was found fit to be kept.

    Raises Missing (no such app) or Denied, and nothing is kept then; or Busy or Reused, when those before may have
    been: to send them again under their names keeps none of them twice.
    """
    for ask in asks:
        believe(ask, house.shelf.published(ask.app_id), house, now)
    return tuple([await log_receipt(ask, house, now) for ask in asks])


async def log_receipt(ask: LogReceipt, house: House, now: int) -> Receipt:
    """Keep a reported receipt.

    Raises Missing (no such app), Denied (this site wants a token), Busy, or Reused (the key named another receipt).
    """
    return await decided(lambda: attempt(ask, house, now))


async def attempt(ask: LogReceipt, house: House, now: int) -> Receipt:
    """Load, decide, keep, answer. Raises Stale when the profile changed in between."""
    published = house.shelf.published(ask.app_id)
    site, id = published.publication.site, house.new_id(now)
    report = believe(ask, published, house, now)
    person = house.name(published.publication, report.person)
    known = await house.profile(published.publication, report.person) if site.group else None

    receipt = report_receipt(report, published.publication, id.hex(), person.hex(), now)
    changed = joined(report, published, known, receipt, now)

    kept = await house.keep(house.with_note(receipt, changed, ask.evidence, ask.once))
    if kept.repeat is None:
        return receipt
    check_same(kept.repeat, person, ask.evidence)
    return json.decode(kept.repeat.body, type=Receipt)


def believe(ask: LogReceipt, published: Published, house: House, now: int) -> Report:
    """The report with its person proven, or left as merely claimed. Raises Denied where the site insists."""
    site, person = published.publication.site, ask.report.person
    proven = bool(ask.token) and house.proves(site.organisation, ask.token, person.identifier, now)
    if site.token_required and not proven:
        raise Denied("this site takes receipts only with a token that proves the identifier")
    trusted = proven or (site.trusts_identifiers and person.known)
    return replace(ask.report, person=replace(person, known=trusted))


def joined(report: Report, published: Published, known: Known | None, receipt: Receipt, now: int) -> Known | None:
    """The profile with the report in it; None when nobody is known here or nothing reached the profile."""
    if known is None or not report.person.known:
        return None
    before = caught_up(known.profile, now) if known.version else None
    after = joined_report(report, published.publication, before, now, published.iab_purposes)
    return replace(known, profile=with_receipt(after, receipt.id)) if after != before else None
