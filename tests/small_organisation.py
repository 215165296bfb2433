"""A small organisation without a fault, written the short way, and ways to spoil it."""

from placet.settings.organisation import Organisation
from placet.settings_files.read import read_texts

SMALL = """
id: 11111111-1111-4111-8111-111111111111
name: Small
purposes:
  - {id: run, name: {en: Run, de: Betrieb}}
  - {id: ads, name: {en: Ads, de: Werbung}}
workspaces:
  - id: shop
    name: Shop
    languages: [en, de]
    categories:
      - {id: C0001, purpose: run, name: {en: Needed, de: Nötig}}
      - id: C0004
        purpose: ads
        name: {en: Ads, de: Werbung}
        vendors: V1
        sdks: [{id: 22222222-2222-4222-8222-222222222222, name: Adlane}]
    vendors:
      - {id: V1, guid: 33333333-3333-4333-8333-333333333333, name: Adlane}
    universal:
      - id: 44444444-4444-4444-8444-444444444444
        label: {en: News, de: Neues}
    notices:
      - id: ask
        banner:
          title: {en: Hello, de: Hallo}
          description: {en: May we?, de: Dürfen wir?}
          accept: {en: "Yes", de: Ja}
          reject: {en: "No", de: Nein}
        preferences:
          title: {en: Choose, de: Wählen}
          description: {en: Please, de: Bitte}
          confirm: {en: Save, de: Speichern}
    region_rules:
      - id: world
        rules:
          - {id: eu, name: Europe, notice: ask, places: EEA, default: true, statuses: {C0001: always active}}
          - id: us
            name: California
            notice: ask
            places: [US-CA]
            model: opt-out
            template: CPRA
            signals_off: [C0004]
            statuses: {C0001: always active}
    sites:
      - id: web
        app_id: 55555555-5555-4555-8555-555555555555
        name: Website
        rules: world
        origins: [https://shop.example]
      - id: app
        app_id: 66666666-6666-4666-8666-666666666666
        name: App
        channel: mobile
        rules: world
consent_groups:
  - {id: all, name: All, sites: [shop/web, shop/app]}
keys:
  - {id: login, algorithm: HS256, secret: "env:SECRET"}
"""

CONFIRM = "confirm: {en: Save, de: Speichern}"
WORDS = "header instruction placeholder submit cancel close confirmation invalid failed".split()
FORM = "global_opt_out: {categories: [C0004], " + ", ".join(f"{name}: {{en: a, de: b}}" for name in WORDS) + "}"
"""The form of a global opt-out, for the end of its notice."""


def with_form(form: str = FORM) -> tuple[str, str]:
    """The swap that puts the form on its notice."""
    return CONFIRM, f"{CONFIRM}\n        {form}"


def small(*swaps: tuple[str, str]) -> Organisation:
    """The small organisation with some of its text replaced; each piece must be there."""
    text = SMALL
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new, 1)
    reading = read_texts([("small.yaml", text.encode())])
    assert reading.organisation is not None, reading.problems
    return reading.organisation
