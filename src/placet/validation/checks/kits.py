"""Kits: destinations that a page's client sends to by itself, so that its rules are all that stands before them."""

from collections.abc import Iterator

from placet.settings.forwarding_rules import EVENT_TYPES, IDENTITY_KINDS, ConsentRuleSetting, KitSetting, VendorListKind
from placet.settings.organisation import Organisation, Workspace
from placet.validation.checks.connections import SALE, sources
from placet.validation.checks.names import unknown
from placet.validation.paths import Path, Remark


def kits(organisation: Organisation) -> Iterator[tuple[Path, Workspace, KitSetting]]:
    """Every kit."""
    for path, workspace, source in sources(organisation):
        for at, kit in enumerate(source.kits):
            yield (*path, "kits", at), workspace, kit


def rules(organisation: Organisation) -> Iterator[tuple[Path, Workspace, ConsentRuleSetting]]:
    """Every rule on consent that a kit has."""
    for path, workspace, kit in kits(organisation):
        if kit.rules.consent is not None:
            yield (*path, "rules", "consent", "when"), workspace, kit.rules.consent


def unknown_purposes(organisation: Organisation) -> Iterator[Remark]:
    """A kit's rule names purposes that the categories of its workspace ask for, or `sale`."""
    for path, workspace, rule in rules(organisation):
        known = frozenset(category.purpose or category.id for category in workspace.categories) | {SALE}
        for at, row in enumerate(rule.when):
            yield from unknown((*path, at, "purpose"), row.purpose, known, "purpose")


def unspeakable_rules(organisation: Organisation) -> Iterator[Remark]:
    """A kit's rule has rows, and "did not opt out of sale" stands alone: clients cannot join it to others (§6.3)."""
    for path, _, rule in rules(organisation):
        if not rule.when:
            yield Remark(path, "the rule on consent names no purpose", "name one")
        if len(rule.when) > 1 and any(row.purpose == SALE and row.given for row in rule.when):
            yield Remark(path, "clients cannot join 'did not opt out of sale' to other rows", "make it the only row")


def unspeakable_points(organisation: Organisation) -> Iterator[Remark]:
    """A kit's data points are such as clients have words for: switched off one by one, below a type, screen or kind."""
    for path, _, kit in kits(organisation):
        if kit.data.on or not kit.data.new:
            yield Remark((*path, "data"), "clients can only be told what is off", "name the data points under `off`")
        for at, point in enumerate(kit.data.off):
            if not speakable(point):
                cure = (
                    "write [event, TYPE, NAME?, ATTRIBUTE?], [screen, NAME, ATTRIBUTE?], [user, NAME], [identity, KIND]"
                )
                yield Remark((*path, "data", "off", at), "clients have no word for this data point", cure)


def speakable(point: tuple[str, ...]) -> bool:
    """Can a client be told that this is off?"""
    first, *rest = (*point, "")
    words = len(rest) - 1
    if first == "event":
        return 1 <= words <= 3 and rest[0] in EVENT_TYPES
    if first == "identity":
        return words == 1 and rest[0] in IDENTITY_KINDS
    return (first == "screen" and words in (1, 2)) or (first == "user" and words == 1)


def vendor_consents(organisation: Organisation) -> Iterator[Remark]:
    """A purpose that a vendor speaks for is known, has no second vendor, and the vendor is one of its list."""
    for path, workspace, source in sources(organisation):
        known = frozenset(category.purpose or category.id for category in workspace.categories) | {SALE}
        seen: set[str] = set()
        for at, one in enumerate(source.vendor_consents):
            where = (*path, "vendor_consents", at)
            yield from unknown((*where, "purpose"), one.purpose, known, "purpose")
            if one.purpose in seen:
                yield Remark((*where, "purpose"), f"two vendors speak for '{one.purpose}'", "name one of them")
            if one.list is not VendorListKind.GENERAL and not (one.vendor.isascii() and one.vendor.isdecimal()):
                yield Remark((*where, "vendor"), f"the list {one.list} has numbers", "write the vendor's number there")
            seen.add(one.purpose)
        if source.vendor_consents and not source.onetrust_kit:
            yield Remark((*path, "vendor_consents"), "nobody reads this without the kit", "set onetrust_kit: true")


def open_kits(organisation: Organisation) -> Iterator[Remark]:
    """A kit waits for consent: nothing else keeps it from what visitors did not agree to."""
    for path, _, kit in kits(organisation):
        if kit.rules.consent is None:
            message = f"the kit '{kit.name}' runs whatever a visitor said"
            yield Remark(path, message, "add rules: {consent: {forward: only, when: [PURPOSE]}}")
