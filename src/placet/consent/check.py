"""What is wrong with an organisation's settings: one table of checks, each a small pure function.

Errors stand in the way of publishing; warnings do what was written, but probably not what was meant or what the
law expects.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from placet.consent.checks import (
    addresses,
    contrast,
    doors,
    families,
    frameworks,
    governing,
    identity,
    in_page,
    kits,
    names,
    opting_out,
    sending,
    showing,
)
from placet.consent.checks.walk import Look, Path, spell
from placet.consent.organisation import Organisation


class Severity(StrEnum):
    """Whether a finding stands in the way."""

    ERROR = "error"
    WARNING = "warning"


class Finding(Struct, frozen=True):
    """One thing wrong: how bad, its code, where, what, and what to do about it."""

    severity: Severity
    code: str
    path: Path
    message: str
    cure: str

    def __str__(self) -> str:
        return f"{spell(self.path)}: {self.severity} {self.code}: {self.message} – {self.cure}"


class Check(Struct, frozen=True):
    """A row of the table: the first line of `look`'s docstring says the rule it holds settings to."""

    severity: Severity
    code: str
    look: Look

    @property
    def rule(self) -> str:
        """The rule, in one sentence."""
        return (self.look.__doc__ or "").splitlines()[0]


E: Final = Severity.ERROR
W: Final = Severity.WARNING

CHECKS: Final = (
    Check(E, "bad-guid", names.bad_guids),
    Check(E, "same-guid", names.same_guids),
    Check(E, "bad-id", names.bad_ids),
    Check(E, "separator-in-id", names.separators_in_ids),
    Check(E, "same-id", names.same_ids),
    Check(E, "unknown-purpose", names.unknown_purposes),
    Check(E, "unknown-vendor", names.unknown_vendors),
    Check(E, "unknown-sdk", names.unknown_sdks),
    Check(E, "unknown-universal", names.unknown_universal),
    Check(E, "unknown-category", names.unknown_categories),
    Check(E, "unknown-notice", names.unknown_notices),
    Check(E, "unknown-rule-set", names.unknown_rule_sets),
    Check(E, "unknown-member", names.unknown_members),
    Check(E, "member-twice", names.members_twice),
    Check(W, "unused-notice", names.idle_notices),
    Check(W, "unused-rule-set", names.idle_rule_sets),
    Check(W, "unused-purpose", names.idle_purposes),
    Check(E, "unknown-parent", families.unknown_parents),
    Check(E, "too-deep", families.nested_too_deep),
    Check(E, "parent-left-out", families.parents_left_out),
    Check(W, "empty-bundle", families.empty_bundles),
    Check(E, "no-default", governing.no_default),
    Check(E, "unknown-place", governing.unknown_places),
    Check(E, "overlap", governing.overlapping),
    Check(E, "bad-trial", governing.bad_trials),
    Check(W, "governs-nobody", governing.placeless),
    Check(E, "unknown-template", governing.unknown_templates),
    Check(E, "iab-without-settings", frameworks.iab_without_settings),
    Check(W, "unregistered", frameworks.unregistered),
    Check(E, "bad-platform", frameworks.bad_platforms),
    Check(W, "no-iab-vendor", frameworks.no_vendors),
    Check(W, "unknown-iab-vendor", frameworks.unknown_iab_vendors),
    Check(E, "unknown-iab-purpose", frameworks.unknown_iab_purposes),
    Check(E, "forbidden-interest", frameworks.forbidden_interest),
    Check(E, "stacks-clash", frameworks.clashing_stacks),
    Check(W, "idle-stack", frameworks.idle_stacks),
    Check(W, "hidden-purpose", frameworks.hidden_purposes),
    Check(E, "unknown-section", frameworks.unknown_sections),
    Check(W, "silent-strings", frameworks.silent_strings),
    Check(W, "silent-opt-in", governing.silent_opt_in),
    Check(W, "nothing-necessary", governing.nothing_necessary),
    Check(W, "forced-marketing", governing.forced_marketing),
    Check(W, "unstated", governing.unstated),
    Check(W, "signal-ignored", governing.signal_ignored),
    Check(W, "asks-too-late", governing.asks_too_late),
    Check(E, "negative-days", governing.negative_days),
    Check(E, "unknown-storage", governing.unknown_storage),
    Check(E, "bad-ages", governing.bad_ages),
    Check(W, "no-reject", showing.no_reject),
    Check(W, "unequal", showing.unequal),
    Check(W, "dead-end", showing.dead_ends),
    Check(E, "unknown-press", showing.unknown_presses),
    Check(E, "unknown-look", showing.unknown_looks),
    Check(E, "bad-colour", showing.bad_colours),
    Check(E, "invisible", contrast.invisible),
    Check(W, "low-contrast", contrast.faint),
    Check(E, "bad-link", addresses.bad_links),
    Check(E, "no-text", showing.missing_texts),
    Check(W, "untranslated", showing.untranslated),
    Check(W, "unpublished-text", showing.unpublished_texts),
    Check(E, "bad-language", showing.bad_languages),
    Check(W, "same-language", showing.languages_twice),
    Check(E, "unknown-language", showing.unknown_site_languages),
    Check(E, "bad-universal", showing.bad_universal),
    Check(E, "empty-opt-out", opting_out.empty_forms),
    Check(W, "idle-opt-out", opting_out.idle_forms),
    Check(W, "lone-opt-out", opting_out.lone_forms),
    Check(E, "bad-origin", doors.bad_origins),
    Check(W, "open-origin", doors.open_origins),
    Check(W, "no-origin", doors.no_origins),
    Check(W, "public-suffix", doors.public_suffixes),
    Check(W, "trusts-anybody", doors.trusts_anybody),
    Check(E, "unknown-algorithm", doors.unknown_algorithms),
    Check(E, "wrong-material", doors.wrong_material),
    Check(E, "short-secret", doors.short_secrets),
    Check(W, "open-secret", doors.open_secrets),
    Check(E, "private-key", doors.private_keys),
    Check(E, "bad-public-key", doors.misfit_keys),
    Check(W, "no-active-key", doors.none_active),
    Check(E, "unknown-site", sending.unknown_sites),
    Check(E, "unknown-end", sending.unknown_ends),
    Check(E, "unknown-consent", sending.unknown_purposes),
    Check(E, "no-write-key", sending.bad_write_keys),
    Check(E, "same-write-key", sending.same_write_keys),
    Check(E, "no-secret", sending.unproven),
    Check(E, "unknown-kit-consent", kits.unknown_purposes),
    Check(E, "unspeakable-rule", kits.unspeakable_rules),
    Check(E, "unspeakable-point", kits.unspeakable_points),
    Check(E, "bad-vendor-consent", kits.vendor_consents),
    Check(W, "open-kit", kits.open_kits),
    Check(E, "bad-share", sending.bad_shares),
    Check(E, "empty-rule", sending.idle_rules),
    Check(E, "bad-data-point", sending.bad_points),
    Check(E, "bad-destination", sending.bad_addresses),
    Check(W, "unsigned", sending.unsigned),
    Check(W, "open-destination-secret", sending.open_secrets),
    Check(W, "unmapped", sending.unmapped),
    Check(W, "no-profile", sending.without_profile),
    Check(E, "bad-limit", identity.bad_limits),
    Check(W, "idle-identity", identity.idle_settings),
    Check(E, "unknown-source", in_page.unknown_sources),
    Check(E, "unknown-page-consent", in_page.unknown_purposes),
    Check(E, "bad-script", in_page.bad_scripts),
    Check(W, "open-script", in_page.open_scripts),
    Check(W, "unmapped-page", in_page.unmapped),
)
"""Every check there is."""


def check(organisation: Organisation) -> tuple[Finding, ...]:
    """Everything wrong with these settings, in the order of the table; empty when all is well."""
    return tuple(
        Finding(row.severity, row.code, remark.path, remark.message, remark.cure)
        for row in CHECKS
        for remark in row.look(organisation)
    )


def check_app_ids(organisation: Organisation, others: frozenset[str]) -> tuple[Finding, ...]:
    """Sites with an app id of another organisation on the same server (`others`, lower case).

    One of the two would answer for the other. `check` cannot see this: it knows one organisation only.
    """
    cure = "give the site an app id of its own (uuidgen makes one)"
    return tuple(
        Finding(E, "taken-app-id", path, f"the app id '{app_id}' belongs to another organisation", cure)
        for path, app_id in names.app_ids(organisation)
        if app_id.lower() in others
    )


def check_write_keys(organisation: Organisation, others: frozenset[str]) -> tuple[Finding, ...]:
    """Sources with a write key of another organisation on the same server (`others`): its events would come here."""
    cure = "make one of your own: openssl rand -hex 16"
    return tuple(
        Finding(E, "taken-write-key", path, f"the write key '{key}' belongs to another organisation", cure)
        for path, key in sending.write_keys(organisation)
        if key in others
    )


def stands_in_the_way(findings: tuple[Finding, ...]) -> bool:
    """True when one of the findings is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)
