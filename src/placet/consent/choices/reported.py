"""A choice made elsewhere and reported to the server: by a browser SDK, a web form, an import."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.profile.person import Person, masked
from placet.consent.profile.profile import Item, Profile, PurposeStatus, Rank, merge
from placet.consent.profile.timestamps import SLOW, believed
from placet.consent.receipt import STATUS_AFTER, Receipt, ReceiptEntry, ReceiptSignals, Transaction
from placet.consent.rules.effective_rule import NO_CHOICES
from placet.settings.regions import Place
from placet.settings.site import Publication, Site, Stage

TRANSACTIONS: Final = frozenset(Transaction)


class Reported(Struct, frozen=True):
    """One purpose as reported. `transaction` is as sent; `options` maps option id to opted in or out."""

    purpose: str
    transaction: str
    version: int = 1
    expires: int = 0
    options: dict[str, bool] = {}


class Report(Struct, frozen=True):
    """A reported receipt. `said_at` is when the choice was made (epoch ms), by the reporter's clock."""

    person: Person
    purposes: tuple[Reported, ...]
    said_at: int
    language: str = ""
    interaction: str = ""
    place: Place = Place()
    signals: ReceiptSignals = ReceiptSignals()
    data: dict[str, str] = {}
    test: bool = False


def joined_report(
    report: Report,
    publication: Publication,
    profile: Profile | None,
    now: int,
    asked: frozenset[str] = frozenset(),
) -> Profile:
    """The person's profile with the reported answers in it; what the site does not ask for is left out.

    `asked` are purposes it asks for beyond those of its own settings: the IAB's.
    """
    items: dict[str, Item] = {}
    for one in report.purposes:
        items |= items_of(one, publication.site, report.said_at, now, asked)
    at = min(report.said_at, now)
    spoken = Profile(
        items=items | reported_strings(report.signals, report.said_at, now),
        last_interaction=at if items else 0,
        country=report.place.country,
        region=report.place.region,
    )
    return merge(profile, spoken) if profile else spoken


def reported_strings(signals: ReceiptSignals, said_at: int, now: int) -> dict[str, Item]:
    """The consent strings that came with a report, trusted like a grant."""
    at = believed(said_at, now, granted=True)
    strings = {"x:tc": signals.tc, "x:ac": signals.ac, "x:gpp": signals.gpp}
    return {key: Item(PurposeStatus.ACTIVE, at, Rank.CHOICE, (text,)) for key, text in strings.items() if text}


def items_of(one: Reported, site: Site, said_at: int, now: int, asked: frozenset[str] = frozenset()) -> dict[str, Item]:
    """What one reported purpose adds to a profile (cmp-api.md §17.1, transaction types).

    An unknown transaction or purpose adds nothing: it is recorded, but not passed on to the profile.
    """
    key = key_of(one.purpose.lower(), site, asked)
    if key is None:
        return {}
    items = {
        "o:" + option: Item(
            PurposeStatus.ACTIVE if chosen else PurposeStatus.OPT_OUT,
            believed(said_at, now, granted=chosen, slow=SLOW),
            Rank.CHOICE,
        )
        for option, chosen in one.options.items()
    }
    status = STATUS_AFTER.get(Transaction(one.transaction)) if one.transaction in TRANSACTIONS else None
    if status is None or status is PurposeStatus.ALWAYS_ACTIVE:
        return items
    rank = Rank.LOCKED if status is PurposeStatus.HARD_OPT_OUT else Rank.CHOICE
    item = Item(status, 0, rank, version=one.version, expires=one.expires)
    return items | {key: replace(item, at=believed(said_at, now, granted=item.granted, slow=SLOW))}


def key_of(purpose: str, site: Site, asked: frozenset[str] = frozenset()) -> str | None:
    """The profile key of a purpose this site asks for, else None."""
    if purpose in asked or any(category.purpose_id == purpose for category in site.categories):
        return "p:" + purpose
    return "u:" + purpose if any(universal.id == purpose for universal in site.universal) else None


def report_receipt(report: Report, publication: Publication, id: str, pseudonym: str, now: int) -> Receipt:
    """The receipt of a reported choice: everything reported is on it, whether it reached the profile or not."""
    site = publication.site
    unknown = {one.purpose: one.transaction for one in report.purposes if one.transaction not in TRANSACTIONS}
    return Receipt(
        id=id,
        at=now,
        organisation=site.organisation,
        site=site.id,
        app_id=publication.app_id,
        publication=publication.number,
        content=publication.content_hash,
        rule="",
        notice="",
        language=report.language,
        interaction=report.interaction,
        person=pseudonym,
        name=report.person.identifier if site.keep_identifiers else masked(report.person.identifier),
        anonymous=not report.person.known,
        purposes=tuple(
            ReceiptEntry(one.purpose.lower(), Transaction(one.transaction))
            for one in report.purposes
            if one.purpose not in unknown
        ),
        choices=NO_CHOICES,
        group=site.group.id if site.group and report.person.known else "",
        identifier_type=report.person.identifier_type,
        country=report.place.country,
        region=report.place.region,
        signals=report.signals,
        said_at=report.said_at if report.said_at != now else None,
        data=report.data | {f"unknown:{purpose}": transaction for purpose, transaction in unknown.items()},
        test=report.test or publication.stage is Stage.TEST,
    )


def with_receipt(profile: Profile, receipt: str) -> Profile:
    """The profile with the id of the receipt of its newest choice."""
    return replace(profile, receipt=receipt)
