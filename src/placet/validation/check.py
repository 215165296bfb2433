"""What is wrong with an organisation's settings: one table of checks, each a small pure function.

Errors stand in the way of publishing; warnings do what was written, but probably not what was meant or what the
law expects.
"""

from typing import Final

from msgspec import Struct

from placet.settings.organisation import Organisation
from placet.validation.checks import (
    addresses,
    category_trees,
    connections,
    contrast,
    device_mode,
    iab,
    identity,
    kits,
    names,
    notices,
    opt_out_forms,
    origins_and_keys,
    region_rules,
)
from placet.validation.finding import Finding, Severity
from placet.validation.paths import Look


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
    Check(E, "unknown-parent", category_trees.unknown_parents),
    Check(E, "too-deep", category_trees.nested_too_deep),
    Check(E, "parent-left-out", category_trees.parents_left_out),
    Check(W, "empty-bundle", category_trees.empty_bundles),
    Check(E, "no-default", region_rules.no_default),
    Check(E, "unknown-place", region_rules.unknown_places),
    Check(E, "overlap", region_rules.overlapping),
    Check(E, "bad-trial", region_rules.bad_trials),
    Check(W, "governs-nobody", region_rules.placeless),
    Check(E, "unknown-template", region_rules.unknown_templates),
    Check(E, "iab-without-settings", iab.iab_without_settings),
    Check(W, "unregistered", iab.unregistered),
    Check(E, "bad-platform", iab.bad_platforms),
    Check(W, "no-iab-vendor", iab.no_vendors),
    Check(W, "unknown-iab-vendor", iab.unknown_iab_vendors),
    Check(E, "unknown-iab-purpose", iab.unknown_iab_purposes),
    Check(E, "forbidden-interest", iab.forbidden_interest),
    Check(E, "stacks-clash", iab.clashing_stacks),
    Check(W, "idle-stack", iab.idle_stacks),
    Check(W, "hidden-purpose", iab.hidden_purposes),
    Check(E, "unknown-section", iab.unknown_sections),
    Check(W, "silent-strings", iab.silent_strings),
    Check(W, "silent-opt-in", region_rules.silent_opt_in),
    Check(W, "nothing-necessary", region_rules.nothing_necessary),
    Check(W, "forced-marketing", region_rules.forced_marketing),
    Check(W, "unstated", region_rules.unstated),
    Check(W, "signal-ignored", region_rules.signal_ignored),
    Check(W, "asks-too-late", region_rules.asks_too_late),
    Check(E, "negative-days", region_rules.negative_days),
    Check(E, "unknown-storage", region_rules.unknown_storage),
    Check(E, "bad-ages", region_rules.bad_ages),
    Check(W, "no-reject", notices.no_reject),
    Check(W, "unequal", notices.unequal),
    Check(W, "dead-end", notices.dead_ends),
    Check(E, "unknown-press", notices.unknown_presses),
    Check(E, "unknown-look", notices.unknown_looks),
    Check(E, "bad-colour", notices.bad_colours),
    Check(E, "invisible", contrast.invisible),
    Check(W, "low-contrast", contrast.faint),
    Check(E, "bad-link", addresses.bad_links),
    Check(E, "no-text", notices.missing_texts),
    Check(W, "untranslated", notices.untranslated),
    Check(W, "unpublished-text", notices.unpublished_texts),
    Check(E, "bad-language", notices.bad_languages),
    Check(W, "same-language", notices.languages_twice),
    Check(E, "unknown-language", notices.unknown_site_languages),
    Check(E, "bad-universal", notices.bad_universal),
    Check(E, "empty-opt-out", opt_out_forms.empty_forms),
    Check(W, "idle-opt-out", opt_out_forms.idle_forms),
    Check(W, "lone-opt-out", opt_out_forms.lone_forms),
    Check(E, "bad-origin", origins_and_keys.bad_origins),
    Check(W, "open-origin", origins_and_keys.open_origins),
    Check(W, "no-origin", origins_and_keys.no_origins),
    Check(W, "public-suffix", origins_and_keys.public_suffixes),
    Check(W, "trusts-anybody", origins_and_keys.trusts_anybody),
    Check(E, "unknown-algorithm", origins_and_keys.unknown_algorithms),
    Check(E, "wrong-material", origins_and_keys.wrong_material),
    Check(E, "short-secret", origins_and_keys.short_secrets),
    Check(W, "open-secret", origins_and_keys.open_secrets),
    Check(E, "private-key", origins_and_keys.private_keys),
    Check(E, "bad-public-key", origins_and_keys.misfit_keys),
    Check(W, "no-active-key", origins_and_keys.none_active),
    Check(E, "unknown-site", connections.unknown_sites),
    Check(E, "unknown-end", connections.unknown_ends),
    Check(E, "unknown-consent", connections.unknown_purposes),
    Check(E, "no-write-key", connections.bad_write_keys),
    Check(E, "same-write-key", connections.same_write_keys),
    Check(E, "no-secret", connections.unproven),
    Check(E, "unknown-kit-consent", kits.unknown_purposes),
    Check(E, "unspeakable-rule", kits.unspeakable_rules),
    Check(E, "unspeakable-point", kits.unspeakable_points),
    Check(E, "bad-vendor-consent", kits.vendor_consents),
    Check(W, "open-kit", kits.open_kits),
    Check(E, "bad-share", connections.bad_shares),
    Check(E, "empty-rule", connections.idle_rules),
    Check(E, "bad-data-point", connections.bad_points),
    Check(E, "bad-destination", connections.bad_addresses),
    Check(W, "unsigned", connections.unsigned),
    Check(W, "open-destination-secret", connections.open_secrets),
    Check(W, "unmapped", connections.unmapped),
    Check(W, "no-profile", connections.without_profile),
    Check(E, "bad-limit", identity.bad_limits),
    Check(W, "idle-identity", identity.idle_settings),
    Check(E, "unknown-source", device_mode.unknown_sources),
    Check(E, "unknown-page-consent", device_mode.unknown_purposes),
    Check(E, "bad-script", device_mode.bad_scripts),
    Check(W, "open-script", device_mode.open_scripts),
    Check(W, "unmapped-page", device_mode.unmapped),
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
        for path, key in connections.write_keys(organisation)
        if key in others
    )


def stands_in_the_way(findings: tuple[Finding, ...]) -> bool:
    """True when one of the findings is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)
