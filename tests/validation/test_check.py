"""Each check finds its fault in an otherwise faultless organisation, and only its own."""

import pytest
from hypothesis import given, settings

from placet.settings.organisation import Organisation
from placet.validation.check import CHECKS, check, check_write_keys
from placet.validation.finding import Severity
from placet.validation.paths import spell
from tests.organisation_strategies import organisations
from tests.small_organisation import CONFIRM, FORM, small, with_form

EC_PEM = "-----BEGIN PUBLIC KEY-----\\nMFkw\\n-----END PUBLIC KEY-----"
EC_PRIVATE = "-----BEGIN EC PRIVATE KEY-----\\nMHcC\\n-----END EC PRIVATE KEY-----"
ED_JWK = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
KEY = '{id: login, algorithm: HS256, secret: "env:SECRET"}'
SENDING = "consent_groups:"
SEND = """    sources:
      - {id: web-events, name: E, write_keys: key-key-1, site: web}
    destinations:
      - {id: hook, name: H, url: https://hook.example, secret: "env:SECRET"}
    connections:
      - {id: to-hook, source: web-events, destination: hook, purposes: ads}
consent_groups:"""
WEB = "rules: world\n        origins: [https://shop.example]"
US = "model: opt-out"
CARD = "name: {en: Ads, de: Werbung}\n        vendors: V1"


def iab(setting: str) -> tuple[str, str]:
    """The workspace with a part in the IAB framework."""
    return "    region_rules:\n", f"    iab: {{{setting}}}\n    region_rules:\n"


TEXT = "{en: a, de: b}"
GATE = f"age_gate: {{title: {TEXT}, description: {TEXT}, primary: {TEXT}, secondary: {TEXT}, logo_url: 'file:///x'}}"


def look(setting: str) -> tuple[str, str]:
    """The notice looking like this."""
    return "- id: ask", f"- id: ask\n        {setting}"


def apart(setting: str) -> tuple[str, str]:
    """The workspace telling people apart in this way."""
    return "    region_rules:\n", f"    identity: {{{setting}}}\n    region_rules:\n"


FAULTS = [
    ("bad-limit", "workspaces[0].identity.limits.email", [apart("limits: {email: -1}")]),
    ("bad-limit", "workspaces[0].identity.most", [apart("most: -5")]),
    ("idle-identity", "workspaces[0].identity.unique", [apart("unique: [email]")]),
    ("idle-identity", "workspaces[0].identity.limits", [apart("strategy: conversion, limits: {email: 2}")]),
    ("bad-guid", "id", [("id: 11111111-1111-4111-8111-111111111111", "id: northwind")]),
    ("bad-guid", "workspaces[0].sites[0].app_id", [("55555555-5555-4555-8555-555555555555", "5555")]),
    ("same-guid", "workspaces[0].sites[1].app_id",
     [("66666666-6666-4666-8666-666666666666", "55555555-5555-4555-8555-555555555555")]),
    ("bad-id", "workspaces[0].notices[0].id", [("id: ask", "id: 'ask me'"), ("notice: ask", "notice: ask me"),
                                               ("notice: ask\n", "notice: ask me\n")]),
    *(("separator-in-id", "workspaces[0].categories[1].id", [("id: C0004", f"id: '{bad}'")])
      for bad in ("ads-us", "ads,us", "ads:us", "ads.us", "café")),
    *(("separator-in-id", "workspaces[0].vendors[0].id", [("id: V1", f"id: '{bad}'")])
      for bad in ("a-b", "a,b", "a:1")),
    ("same-id", "purposes[1].id", [("id: ads, name", "id: RUN, name"), ("purpose: ads", "purpose: RUN")]),
    ("unknown-purpose", "workspaces[0].categories[1].purpose", [("purpose: ads", "purpose: adds"),
                                                               ("  - {id: ads, name: {en: Ads, de: Werbung}}\n", "")]),
    ("unknown-vendor", "workspaces[0].categories[1].vendors[0]", [("vendors: V1", "vendors: [V9]")]),
    ("unknown-vendor", "workspaces[0].sites[0].vendors[0]", [(WEB, WEB + "\n        vendors: [V9]")]),
    ("unknown-sdk", "workspaces[0].vendors[0].sdks[0]", [("name: Adlane}\n    uni", "name: A, sdks: [x]}\n    uni")]),
    ("unknown-universal", "workspaces[0].sites[0].universal[0]", [(WEB, WEB + "\n        universal: [x]")]),
    ("unknown-category", "workspaces[0].sites[0].categories[0]", [(WEB, WEB + "\n        categories: [C0009]")]),
    ("unknown-category", "workspaces[0].region_rules[0].rules[1].statuses.C9",
     [("signals_off: [C0004]\n            statuses: {", "signals_off: [C0004]\n            statuses: {C9: active, ")]),
    ("unknown-category", "workspaces[0].region_rules[0].rules[1].signals_off[0]",
     [("signals_off: [C0004]", "signals_off: [C9]")]),
    ("unknown-category", "workspaces[0].region_rules[0].rules[1].consent_mode.ad_storage",
     [(US, US + "\n            consent_mode: {ad_storage: C9}")]),
    ("unknown-category", "workspaces[0].region_rules[0].rules[1].age_limits.C9",
     [(US, US + "\n            age_limits: {C9: [{name: x, upper: 20}]}")]),
    ("unknown-notice", "workspaces[0].region_rules[0].rules[1].notice", [("notice: ask\n", "notice: tell\n")]),
    ("unknown-rule-set", "workspaces[0].sites[0].rules", [(WEB, WEB.replace("world", "word"))]),
    ("unknown-rule-set", "workspaces[0].sites[0]", [(WEB, WEB.replace("rules: world", "rules: ''"))]),
    ("unknown-member", "consent_groups[0].sites[1]", [("shop/app", "shop/tv")]),
    ("member-twice", "consent_groups[0].sites[1]", [("shop/app", "shop/web")]),
    ("member-twice", "consent_groups[1].sites[0]",
     [("sites: [shop/web, shop/app]}", "sites: [shop/web]}\n  - {id: b, name: B, sites: [shop/web]}")]),
    ("unused-notice", "workspaces[0].notices[1]",
     [("    region_rules:", "      - {id: idle, banner: {title: {en: a, de: b}, description: {en: a, de: b}},"
       " preferences: {title: {en: a, de: b}, description: {en: a, de: b}, confirm: {en: a, de: b}}}\n"
       "    region_rules:")]),
    ("unused-rule-set", "workspaces[0].region_rules[1]",
     [("    sites:\n", "      - {id: idle, rules: [{id: a, name: A, notice: ask, default: true,"
       " statuses: {C0001: always active}}]}\n    sites:\n")]),
    ("unused-purpose", "purposes[1]", [("purpose: ads", "purpose: run")]),
    ("unknown-parent", "workspaces[0].categories[1].parent", [(CARD, CARD + "\n        parent: C7")]),
    ("unknown-parent", "workspaces[0].categories[1].parent", [(CARD, CARD + "\n        parent: C0004")]),
    ("too-deep", "workspaces[0].categories[2].parent",
     [(CARD, CARD + "\n        parent: C0001"),
      ("    vendors:\n", "      - {id: C5, parent: C0004, name: {en: a, de: b}}\n    vendors:\n")]),
    ("parent-left-out", "workspaces[0].sites[0].categories[0]",
     [(CARD, CARD + "\n        parent: C0001"), (WEB, WEB + "\n        categories: [C0004]")]),
    ("empty-bundle", "workspaces[0].categories[1]", [(CARD, CARD + "\n        kind: BRANCH")]),
    ("no-default", "workspaces[0].region_rules[0].rules", [("default: true, ", "")]),
    ("no-default", "workspaces[0].region_rules[0].rules", [(US, US + "\n            default: true")]),
    ("unknown-place", "workspaces[0].region_rules[0].rules[1].places[0]", [("[US-CA]", "[us-ca]")]),
    ("unknown-place", "workspaces[0].region_rules[0].rules[1].places[1]", [("[US-CA]", "[US-CA, US-ZZ]")]),
    ("overlap", "workspaces[0].region_rules[0].rules[1].places[1]", [("[US-CA]", "[US-CA, EU]")]),
    ("bad-trial", "workspaces[0].region_rules[0].rules[1].variants",
     [(US, US + "\n            variants: [{id: a, notice: main, share: 60}, {id: b, notice: main, share: 41}]")]),
    ("bad-trial", "workspaces[0].region_rules[0].rules[1].variants",
     [(US, US + "\n            variants: [{id: a, notice: main, share: 0}]")]),
    ("unknown-notice", "workspaces[0].region_rules[0].rules[1].variants[0].notice",
     [(US, US + "\n            variants: [{id: a, notice: another, share: 50}]")]),
    ("governs-nobody", "workspaces[0].region_rules[0].rules[1]", [("[US-CA]", "[]")]),
    ("unknown-template", "workspaces[0].region_rules[0].rules[1].template", [("CPRA", "CRPA")]),
    ("iab-without-settings", "workspaces[0].sites[0]", [("CPRA", "IAB2V2")]),
    ("unregistered", "workspaces[0].iab.cmp_id", [iab("vendors: [2]")]),
    ("bad-platform", "workspaces[0].iab.cmp_id", [iab("cmp_id: 4096, vendors: [2]")]),
    ("bad-platform", "workspaces[0].iab.country", [iab("country: de, vendors: [2]")]),
    ("no-iab-vendor", "workspaces[0].iab.vendors", [iab("country: DE")]),
    ("no-iab-vendor", "workspaces[0].iab.vendors", [iab("vendors: [2], all_vendors: true")]),
    ("unknown-iab-vendor", "workspaces[0].iab.vendors[1]", [iab("vendors: [2, 60000]")]),
    ("unknown-iab-vendor", "workspaces[0].iab.google_providers[0]", [iab("vendors: [2], google_providers: [1]")]),
    ("unknown-iab-purpose", "workspaces[0].iab.purposes[1]", [iab("vendors: [2], purposes: [1, 12]")]),
    ("unknown-iab-purpose", "workspaces[0].iab.stacks[0]", [iab("vendors: [2], stacks: [99]")]),
    ("unknown-iab-purpose", "workspaces[0].iab.restrictions[0].purpose",
     [iab("vendors: [2], restrictions: [{purpose: 40, allowed: not at all}]")]),
    ("unknown-iab-purpose", "workspaces[0].iab.custom_purposes[0]", [iab("vendors: [2], custom_purposes: [C9]")]),
    ("forbidden-interest", "workspaces[0].iab.restrictions[0].allowed",
     [iab("vendors: [2], restrictions: [{purpose: 3, allowed: by legitimate interest only}]")]),
    ("stacks-clash", "workspaces[0].iab.stacks[1]", [iab("all_vendors: true, stacks: [42, 2]")]),
    ("idle-stack", "workspaces[0].iab.stacks[0]", [iab("vendors: [8], stacks: [42]")]),
    ("hidden-purpose", "workspaces[0].iab.purposes", [iab("vendors: [2], purposes: [1]")]),
    ("hidden-purpose", "workspaces[0].iab.special_features", [iab("vendors: [8], special_features: [2]")]),
    ("unknown-section", "workspaces[0].region_rules[0].rules[1].us_strings.sections[0]",
     [(US, US + "\n            us_strings: {sections: [usxx], sale: [C0004]}")]),
    ("unknown-section", "workspaces[0].region_rules[0].rules[1].us_strings.sharing[0]",
     [(US, US + "\n            us_strings: {sections: [usca], sharing: [C9], sale: [C0004]}")]),
    ("silent-strings", "workspaces[0].region_rules[0].rules[1].us_strings",
     [(US, US + "\n            us_strings: {usp: true}")]),
    ("silent-strings", "workspaces[0].region_rules[0].rules[1].us_strings",
     [(US, US + "\n            us_strings: {usp: true}"), ("CPRA", "IAB2V2"), iab("vendors: [2]")]),
    ("silent-opt-in", "workspaces[0].region_rules[0].rules[0].show_banner",
     [("default: true", "default: true, show_banner: false")]),
    ("nothing-necessary", "workspaces[0].region_rules[0].rules[1]",
     [("signals_off: [C0004]\n            statuses: {C0001: always active}", "signals_off: [C0004]")]),
    ("forced-marketing", "workspaces[0].region_rules[0].rules[0].statuses.C0004",
     [("{C0001: always active}}", "{C0001: always active, C0004: always active}}")]),
    ("unstated", "workspaces[0].region_rules[0].rules[1].statuses", [(US, "model: custom")]),
    ("signal-ignored", "workspaces[0].region_rules[0].rules[1]", [("signals_off: [C0004]", "signals_off: []")]),
    ("asks-too-late", "workspaces[0].region_rules[0].rules[1].reconsent_days",
     [(US, US + "\n            reconsent_days: 731")]),
    ("asks-too-late", "workspaces[0].region_rules[0].rules[1].reconsent_days",
     [(US, US + "\n            reconsent_days: 0")]),
    ("negative-days", "workspaces[0].region_rules[0].rules[1].iab_reconsent_days",
     [(US, US + "\n            iab_reconsent_days: -1")]),
    ("unknown-storage", "workspaces[0].region_rules[0].rules[1].consent_mode.ads",
     [(US, US + "\n            consent_mode: {ads: C0004}")]),
    ("bad-ages", "workspaces[0].region_rules[0].rules[1].age_limits.C0004[0].upper",
     [(US, US + "\n            age_limits: {C0004: [{name: x, lower: 16, upper: 12}]}")]),
    ("no-reject", "workspaces[0].notices[0].banner", [('          reject: {en: "No", de: Nein}\n', "")]),
    ("unequal", "workspaces[0].notices[0].banner.reject",
     [('reject: {en: "No", de: Nein}', "reject: {text: {en: a, de: b}, as_link: true}")]),
    ("dead-end", "workspaces[0].notices[0].preferences", [("          " + CONFIRM + "\n", "")]),
    ("unknown-press", "workspaces[0].notices[0].banner.reject.does",
     [('reject: {en: "No", de: Nein}', "reject: {text: {en: a, de: b}, does: SHRUG}")]),
    ("bad-colour", "workspaces[0].notices[0].theme.button",
     [("- id: ask", "- id: ask\n        theme: {button: blue}")]),
    ("unknown-look", "workspaces[0].notices[0].layout", [look("layout: bottm")]),
    ("unknown-look", "workspaces[0].notices[0].scheme", [look("scheme: darck")]),
    ("unknown-look", "workspaces[0].notices[0].preferences_layout", [look("preferences_layout: centre")]),
    ("invisible", "workspaces[0].notices[0].theme.button",
     [look("theme: {button: '#FFFFFF', button_text: '#000000'}")]),
    ("invisible", "workspaces[0].notices[0].theme.button_text", [look("theme: {button_text: '#1F4FD8'}")]),
    ("invisible", "workspaces[0].notices[0].theme.text_dark", [look("theme: {text_dark: '#000000'}")]),
    ("low-contrast", "workspaces[0].notices[0].theme.text", [look("theme: {text: '#888888'}")]),
    ("low-contrast", "workspaces[0].notices[0].theme.button_text_dark", [look("theme: {button_text_dark: '#665577'}")]),
    ("bad-link", "workspaces[0].notices[0].policy_url.en", [look("policy_url: {en: 'javascript:alert(1)'}")]),
    ("bad-link", "workspaces[0].notices[0].policy_url.de",
     [look("policy_url: {en: /privacy, de: '//elsewhere.example'}")]),
    ("bad-link", "workspaces[0].notices[0].policy_url.en", [look('policy_url: {en: "java\\tscript:alert(1)"}')]),
    ("bad-link", "workspaces[0].notices[0].policy_url.en", [look("policy_url: {en: 'http://[', de: /privacy}")]),
    ("bad-link", "workspaces[0].notices[0].logo_url", [look("logo_url: 'data:text/html,x'")]),
    ("bad-link", "workspaces[0].notices[0].age_gate.logo_url", [look(GATE)]),
    ("bad-link", "workspaces[0].vendors[0].policy_url",
     [("name: Adlane}\n    uni", "name: A, policy_url: 'vbscript:x'}\n    uni")]),
    ("no-text", "workspaces[0].categories[0].name", [("{en: Needed, de: Nötig}", "{en: ' '}")]),
    ("untranslated", "workspaces[0].categories[0].name", [("{en: Needed, de: Nötig}", "{en: Needed}")]),
    ("untranslated", "purposes[0].name", [("{en: Run, de: Betrieb}", "Run")]),
    ("unpublished-text", "workspaces[0].categories[0].name.fr", [("{en: Needed, ", "{fr: Requis, en: Needed, ")]),
    ("bad-language", "language", [("name: Small", "name: Small\nlanguage: english")]),
    ("same-language", "workspaces[0].languages[2]", [("[en, de]", "[en, de, en]")]),
    ("unknown-language", "workspaces[0].sites[0].languages[0]", [(WEB, WEB + "\n        languages: [fr]")]),
    ("bad-universal", "workspaces[0].universal[0].version",
     [("{en: News, de: Neues}", "{en: a, de: b}\n        version: 0")]),
    ("bad-universal", "workspaces[0].universal[0].preferences[0].display_as",
     [("{en: News, de: Neues}", "{en: a, de: b}\n        preferences: "
       "[{id: q, name: {en: a, de: b}, display_as: radoi, options: [{id: o, label: {en: a, de: b}}]}]")]),
    ("bad-universal", "workspaces[0].universal[0].expires_from",
     [("{en: News, de: Neues}", "{en: a, de: b}\n        expires_from: NOW")]),
    ("unknown-category", "workspaces[0].notices[0].global_opt_out.categories[0]",
     [with_form(FORM.replace("C0004", "C9"))]),
    ("no-text", "workspaces[0].notices[0].global_opt_out.submit",
     [with_form(FORM.replace("submit: {en: a, de: b}", "submit: {en: ''}"))]),
    ("untranslated", "workspaces[0].notices[0].global_opt_out.failed",
     [with_form(FORM.replace("failed: {en: a, de: b}", "failed: {en: a}"))]),
    ("empty-opt-out", "workspaces[0].notices[0].global_opt_out.categories",
     [with_form(FORM.replace("[C0004]", "[]"))]),
    ("idle-opt-out", "workspaces[0].region_rules[0].rules[1].statuses.C0001",
     [with_form(FORM.replace("C0004", "C0001"))]),
    ("idle-opt-out", "workspaces[0].region_rules[0].rules[1].statuses.C0004",
     [with_form(), (US, "model: notice only")]),
    ("idle-opt-out", "workspaces[0].region_rules[0].rules[1].notice",
     [with_form(), (US, US + "\n            records: false")]),
    ("lone-opt-out", "workspaces[0].sites[1]", [with_form(), ("sites: [shop/web, shop/app]", "sites: [shop/web]")]),
    ("bad-origin", "workspaces[0].sites[0].origins[0]", [("https://shop.example", "https://shop.example/")]),
    ("bad-origin", "workspaces[0].sites[0].origins[0]", [("https://shop.example", "shop.example")]),
    ("bad-origin", "workspaces[0].sites[0].origins[0]", [("https://shop.example", "https://*.shop.example")]),
    ("open-origin", "workspaces[0].sites[0].origins[0]", [("https://shop.example", "http://shop.example")]),
    ("no-origin", "workspaces[0].sites[0]", [("[https://shop.example]", "[]")]),
    ("public-suffix", "workspaces[0].sites[0].origins",
     [("[https://shop.example]", "[https://a.co.uk, https://b.co.uk]")]),
    ("trusts-anybody", "workspaces[0].sites[0].trusts_identifiers",
     [(WEB, WEB + "\n        trusts_identifiers: true")]),
    ("unknown-algorithm", "keys[0].algorithm", [(KEY, f'{{id: a, algorithm: none, public_key: "{EC_PEM}"}}')]),
    ("wrong-material", "keys[0]", [(KEY, "{id: a, algorithm: RS256}")]),
    ("wrong-material", "keys[0].public_key",
     [(KEY, f'{{id: a, algorithm: HS256, secret: "env:S", public_key: "{EC_PEM}"}}')]),
    ("private-key", "keys[0].public_key", [(KEY, f'{{id: a, algorithm: ES256, public_key: "{EC_PRIVATE}"}}')]),
    ("private-key", "keys[0].public_key",
     [(KEY, """{id: a, algorithm: EdDSA, public_key: '{"kty":"OKP","d":"AA","x":"AA"}'}""")]),
    ("bad-public-key", "keys[0].public_key", [(KEY, "{id: a, algorithm: ES256, public_key: MFkw}")]),
    ("bad-public-key", "keys[0].public_key", [(KEY, f"{{id: a, algorithm: ES256, public_key: '{ED_JWK}'}}")]),
    ("no-active-key", "keys", [(KEY, "{id: a, algorithm: HS256, secret: env:S, active: false}")]),
]  # fmt: skip


@pytest.mark.parametrize("code, path, swaps", FAULTS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_fault_is_found_where_it_stands(code: str, path: str, swaps: list[tuple[str, str]]) -> None:
    found = [(finding.code, spell(finding.path)) for finding in check(small(*swaps))]
    assert (code, path) in found


@pytest.mark.parametrize("code, path, swaps", FAULTS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_fault_is_told_once_and_with_a_cure(code: str, path: str, swaps: list[tuple[str, str]]) -> None:
    findings = [finding for finding in check(small(*swaps)) if (finding.code, spell(finding.path)) == (code, path)]
    assert len(findings) == 1
    assert findings[0].message
    assert findings[0].cure


def test_a_faultless_organisation_has_no_findings() -> None:
    assert check(small()) == ()
    assert check(small((SENDING, SEND))) == ()
    assert check(small(with_form())) == ()


@pytest.mark.parametrize("code, path, old, new", [
    ("unknown-site", "sources[0].site", "site: web}", "site: wap}"),
    ("unknown-end", "connections[0].source", "source: web-events", "source: no"),
    ("unknown-end", "connections[0].destination", "destination: hook", "destination: no"),
    ("unknown-consent", "connections[0].purposes[0]", "purposes: ads", "purposes: adds"),
    ("no-write-key", "sources[0]", "write_keys: key-key-1", "write_keys: []"),
    ("no-write-key", "sources[0].write_keys[0]", "write_keys: key-key-1", "write_keys: short"),
    ("same-write-key", "sources[0].write_keys[1]", "write_keys: key-key-1", "write_keys: [key-key-1, key-key-1]"),
    ("no-write-key", "sources[0].inputs[0].key", "site: web}",
     f"site: web, inputs: [{{key: k, secret: {'x' * 32}}}]}}"),
    ("same-write-key", "sources[0].inputs[0].key", "site: web}",
     f"site: web, inputs: [{{key: key-key-1, secret: {'x' * 32}}}]}}"),
    ("no-secret", "sources[0].inputs[0]", "site: web}", "site: web, inputs: [{key: key-key-2, secret: ''}]}"),
    ("open-destination-secret", "sources[0].inputs[0].secret", "site: web}",
     f"site: web, inputs: [{{key: key-key-2, secret: {'x' * 32}}}]}}"),
    ("unknown-kit-consent", "sources[0].kits[0].rules.consent.when[0].purpose", "site: web}",
     "site: web, kits: [{name: K, module: 9, rules: {consent: {forward: only, when: [{purpose: adds}]}}}]}"),
    ("unspeakable-rule", "sources[0].kits[0].rules.consent.when", "site: web}",
     "site: web, kits: [{name: K, module: 9, rules: {consent: {forward: only, when: []}}}]}"),
    ("unspeakable-rule", "sources[0].kits[0].rules.consent.when", "site: web}",
     "site: web, kits: [{name: K, module: 9, rules: {consent: {forward: only, when: [ads, sale]}}}]}"),
    *(("unspeakable-point", "sources[0].kits[0].data.off[0]", "site: web}",
       f"site: web, kits: [{{name: K, module: 9, data: {{off: [[{point}]]}}}}]}}")
      for point in ("event", "event, commerce_event", "event, search, n, a, b", "screen", "user", "identity, idfa")),
    ("unspeakable-point", "sources[0].kits[0].data", "site: web}",
     "site: web, kits: [{name: K, module: 9, data: {new: false}}]}"),
    *(("bad-vendor-consent", f"sources[0].vendor_consents{at}", "site: web}",
       f"site: web, onetrust_kit: {kit}, vendor_consents: [{given}]}}")
      for at, kit, given in (
          ("[0].purpose", "true", "{list: iab, vendor: '7', purpose: adds}"),
          ("[0].vendor", "true", "{list: iab, vendor: x, purpose: ads}"),
          ("[1].purpose", "true", "{list: iab, vendor: '7', purpose: ads}, {list: google, vendor: '8', purpose: ads}"),
          ("", "false", "{list: general, vendor: x, purpose: ads}"),
      )),
    ("open-kit", "sources[0].kits[0]", "site: web}", "site: web, kits: [{name: K, module: 9}]}"),
    ("bad-share", "connections[0].share", "purposes: ads", "purposes: ads, share: 101"),
    ("empty-rule", "connections[0].rules.consent.when", "purposes: ads",
     "purposes: ads, rules: {consent: {forward: only, when: []}}"),
    ("unknown-consent", "connections[0].rules.consent.when[0].purpose", "purposes: ads",
     "purposes: ads, rules: {consent: {forward: only, when: [{purpose: adds}]}}"),
    ("bad-data-point", "connections[0].data.off[0]", "purposes: ads", "purposes: ads, data: {off: [[people]]}"),
    ("bad-data-point", "connections[0].data.on[0]", "purposes: ads",
     "purposes: ads, data: {off: [[user, plan]], on: [[user, plan]]}"),
    ("bad-destination", "destinations[0].url", "https://hook.example", "http://hook.example"),
    ("bad-destination", "destinations[0].url", "https://hook.example", "https://a:port"),
    ("unsigned", "destinations[0]", ', secret: "env:SECRET"', ""),
    ("open-destination-secret", "destinations[0].secret", '"env:SECRET"', "x" * 32),
    ("unmapped", "connections[0]", ", purposes: ads", ""),
    ("same-id", "connections[1].id", "purposes: ads}",
     "purposes: ads}\n      - {id: to-hook, source: web-events, destination: hook, purposes: run}"),
])  # fmt: skip
def test_a_fault_in_sending_is_found_where_it_stands(code: str, path: str, old: str, new: str) -> None:
    assert old in SEND
    found = [(finding.code, spell(finding.path)) for finding in check(small((SENDING, SEND.replace(old, new))))]
    assert (code, f"workspaces[0].{path}") in found


IN_PAGE = """    page_destinations:
      - {id: pixel, name: Pixel, source: web-events, script: https://pixel.example/p.js, library: pixel, purposes: ads}
consent_groups:"""


@pytest.mark.parametrize("code, path, old, new", [
    ("unknown-source", "source", "source: web-events", "source: no"),
    ("unknown-page-consent", "purposes[0]", "purposes: ads", "purposes: adds"),
    ("unknown-page-consent", "purposes[0]", "purposes: ads", "purposes: sale"),
    ("bad-script", "script", "https://pixel.example/p.js", "/p.js"),
    ("open-script", "script", "https://pixel.example", "http://pixel.example"),
    ("unmapped-page", "", ", purposes: ads", ""),
])  # fmt: skip
def test_a_fault_in_a_page_destination_is_found_where_it_stands(code: str, path: str, old: str, new: str) -> None:
    sending = SEND.replace(SENDING, IN_PAGE)
    assert check(small((SENDING, sending))) == ()
    found = [
        (finding.code, spell(finding.path))
        for finding in check(small((SENDING, SEND.replace(SENDING, IN_PAGE.replace(old, new)))))
    ]
    assert (code, f"workspaces[0].page_destinations[0].{path}".rstrip(".")) in found


def test_a_source_without_profiles_is_pointed_out() -> None:
    alone = small((SENDING, SEND), ("sites: [shop/web, shop/app]", "sites: [shop/app]"))
    assert [finding.code for finding in check(alone)] == ["no-profile"]


def test_a_secret_in_the_file_is_measured_and_frowned_upon() -> None:
    short = small((KEY, "{id: a, algorithm: HS512, secret: abc}"))
    assert [finding.code for finding in check(short)] == ["short-secret", "open-secret"]
    long = small((KEY, f"{{id: a, algorithm: HS512, secret: {'x' * 64}}}"))
    assert [finding.code for finding in check(long)] == ["open-secret"]


def test_a_public_key_that_fits_its_algorithm_is_fine() -> None:
    assert check(small((KEY, f"{{id: a, algorithm: EdDSA, public_key: '{ED_JWK}'}}"))) == ()


@pytest.mark.parametrize("places, other, overlaps", [
    ("[DE]", "[EU]", False),
    ("[US-CA]", "[US]", False),
    ("['*']", "[US]", False),
    ("[GB]", "[UK]", False),
    ("[DE]", "[DE]", True),
    ("[EU]", "[EEA]", True),
    ("['*']", "['*']", True),
])  # fmt: skip
def test_only_places_named_equally_exactly_overlap(places: str, other: str, overlaps: bool) -> None:
    organisation = small(("places: EEA", f"places: {places}"), ("places: [US-CA]", f"places: {other}"))
    assert ("overlap" in [finding.code for finding in check(organisation)]) is overlaps


SENDING_CODES = {
    *("unknown-site unknown-end unknown-consent no-write-key same-write-key bad-destination unsigned".split()),
    *("open-destination-secret unmapped no-profile no-secret bad-share empty-rule bad-data-point".split()),
    *("unknown-kit-consent unspeakable-rule unspeakable-point bad-vendor-consent open-kit".split()),
    *("unknown-source unknown-page-consent bad-script open-script unmapped-page".split()),
}
"""What the tests of sending above try."""


def test_every_row_of_the_table_has_a_fault_that_it_finds() -> None:
    tried = {code for code, _, _ in FAULTS} | {"short-secret", "open-secret"} | SENDING_CODES
    assert {row.code for row in CHECKS} == tried


def test_every_row_has_its_own_code_and_says_its_rule() -> None:
    codes = [row.code for row in CHECKS]
    assert len(codes) == len(set(codes))
    assert all(row.rule.endswith(".") for row in CHECKS)


@given(organisations())
@settings(max_examples=20, deadline=None)
def test_nothing_written_makes_a_check_stumble(organisation: Organisation) -> None:
    assert all(finding.severity in Severity for finding in check(organisation))


def test_a_write_key_of_another_organisation_is_refused() -> None:
    mine = small((SENDING, SEND))
    (finding,) = check_write_keys(mine, frozenset({"key-key-1"}))
    assert (finding.code, spell(finding.path)) == ("taken-write-key", "workspaces[0].sources[0].write_keys[0]")
    assert check_write_keys(mine, frozenset({"another"})) == ()
