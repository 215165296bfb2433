"""The partners on the preferences page: who they are, what for, and a box for each answer (iab.md §12, 4, 11, 15)."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from placet.api.web.pages.days import in_days
from placet.api.web.pages.form import CONSENT, GENERAL, GOOGLE, OBJECTION, PURPOSE_OBJECTION
from placet.api.web.pages.html import Html, h, join, link_to
from placet.api.web.pages.page import fixed_words
from placet.api.web.signals import address_of
from placet.api.web.site_data import NoticeView
from placet.api.web.words import vendor_words
from placet.consent.rules.framework import Framework
from placet.formats.lists.google_providers import Provider
from placet.formats.lists.gvl_entries import Headings, ListEntry, Vendor
from placet.formats.web_address import safe_address
from placet.settings.purposes import Category, GeneralVendor

FRAMEWORK: Final = "IAB Transparency & Consent Framework"
"""Its name, which no language translates."""


NO_DAYS: Final[Mapping[int, int]] = {}


class Bases(Struct, frozen=True):
    """The purposes a vendor asks consent for, and those it claims its own interest for."""

    consent: list[int]
    interest: list[int]


class Boxes(Struct, frozen=True):
    """The boxes of a page: those that are ticked; `able` is false where nothing can be saved."""

    ticked: frozenset[str]
    able: bool
    words: Mapping[str, str]
    opens: str

    def answer(self, name: str, label: str, *words: str, switch: bool) -> Html:
        """A box with words before it; it is named by the element `label` and the last of them."""
        *about, word = words
        told = h("label", {"for": name, "id": f"{name}-w"}, self.words[word])
        text = h("span", {}, *(f"{self.words[each]} · " for each in about), told)
        box = {"type": "checkbox", "role": "switch" if switch else None, "id": name, "name": "box", "value": name}
        input = h("input", {**box, "checked": name in self.ticked, "aria-labelledby": f"{label} {name}-w"})
        return h("div", {"class": "row"}, text, input)

    def answers(self, label: str, *, consent: str = "", objection: str = "") -> Html | None:
        """What can be answered of one partner or purpose: its boxes by their names, empty where there is none."""
        if not self.able or not (consent or objection):
            return None
        return join(
            self.answer(consent, label, "consent", switch=True) if consent else None,
            self.answer(objection, label, "interest", "object", switch=False) if objection else None,
        )


def boxes_of(view: NoticeView, ticked: frozenset[str], *, able: bool) -> Boxes:
    """The boxes of a page, in the view's language."""
    return Boxes(ticked, able, vendor_words(view.language), fixed_words(view)["opens"])


def objection_html(view: NoticeView, category: Category, boxes: Boxes) -> Html | None:
    """The objection to a purpose for which partners claim their own interest; nothing elsewhere."""
    if view.ruling.framework is None or not category.legitimate_interest:
        return None
    return boxes.answers(f"n-{category.id}", objection=PURPOSE_OBJECTION + category.id)


def partners_html(view: NoticeView, boxes: Boxes) -> Html | None:
    """Every partner, list by list, folded away; nothing where the site's rule is not of the framework."""
    framework = view.ruling.framework
    if framework is None:
        return None
    vendors, providers = framework.list.vendors, framework.library.providers.by_id
    lists = (
        (FRAMEWORK, [vendor_html(view, framework, vendors[id], boxes) for id in framework.disclosed(view.now)]),
        (boxes.words["google"], [provider_html(providers[id], boxes) for id in framework.google]),
        (boxes.words["others"], [general_html(view, each, boxes) for each in view.ruling.site.vendors]),
    )
    folded = (h("details", {}, h("summary", {}, f"{name} ({len(rows)})"), *rows) for name, rows in lists if rows)
    return join(h("h2", {}, f"{boxes.words['partners']} ({view.partners})"), *folded)


def partner(label: str, name: str | Html, *parts: str | Html | None) -> Html:
    """One partner under its name."""
    return h("section", {"class": "category"}, h("h3", {"id": label}, name), *parts)


def vendor_html(view: NoticeView, framework: Framework, vendor: Vendor, boxes: Boxes) -> Html:
    """A vendor of the IAB's list."""
    label, id = f"n-{vendor.id}", vendor.id
    bases = Bases(
        [purpose for purpose, vendors in framework.consulting.items() if id in vendors],
        [purpose for purpose, vendors in framework.interest.items() if id in vendors],
    )
    consent = f"{CONSENT}{id}" if bases.consent else ""
    objection = f"{OBJECTION}{id}" if bases.interest else ""
    answers = boxes.answers(label, consent=consent, objection=objection)
    details = declared(framework.headings(view.language), vendor, bases, boxes.words, view.language)
    return partner(label, vendor.name, links(view, vendor, boxes), answers, details)


def links(view: NoticeView, vendor: Vendor, boxes: Boxes) -> Html:
    """Where a vendor explains itself, and its interest."""
    address, words = address_of(vendor, view.language), boxes.words
    found = (
        (words["privacy"], safe_address((address.privacy if address else "") or vendor.policy_url or "")),
        (words["claim"], safe_address((address.leg_int_claim if address else "") or "")),
    )
    return h("p", {"class": "links"}, *(h("a", link_to(url, boxes.opens), text) for text, url in found if url))


def declared(said: Headings, vendor: Vendor, bases: Bases, words: Mapping[str, str], language: str) -> Html:
    """What a vendor declares, by its names in the list, folded away."""
    kept = vendor.data_retention
    usual = (kept.std_retention or 0) if kept else 0
    days, special = (kept.purposes, kept.special_purposes) if kept else ({}, {})
    usually, specially = Kept(language, days, usual), Kept(language, special, usual)
    rows = (
        (f"{words['purposes']} · {words['consent']}", timed(said.purposes, bases.consent, usually)),
        (f"{words['purposes']} · {words['interest']}", timed(said.purposes, bases.interest, usually)),
        (words["special"], timed(said.special_purposes, vendor.special_purposes, specially)),
        (words["features"], timed(said.features, vendor.features)),
        (words["specialFeatures"], timed(said.special_features, vendor.special_features)),
        (words["data"], timed(said.data_categories or {}, vendor.data_declaration or ())),
    )
    told = (join(h("dt", {}, title), *(h("dd", {}, *name) for name in found)) for title, found in rows if found)
    return h("details", {}, h("summary", {}, words["purposes"]), h("dl", {}, *told))


class Kept(Struct, frozen=True):
    """For how many days data is kept: for each purpose where that is declared, else as usual; said in a language."""

    language: str
    days: Mapping[int, int] = NO_DAYS
    usual: int = 0

    def text(self, id: int) -> str | Html:
        """`(548 days)`; nothing where nothing is declared."""
        days = self.days.get(id, self.usual)
        return h("bdi", {}, f"({in_days(days, self.language)})") if days else ""


def timed(
    entries: Mapping[int, ListEntry], ids: Iterable[int], kept: Kept | None = None
) -> list[tuple[str | Html, ...]]:
    """The names of purposes, features or kinds of data, with for how long data is kept where that is declared."""
    return [(entries[id].name, " ", kept.text(id) if kept else "") for id in ids if id in entries]


def linked(name: str, address: str, boxes: Boxes) -> str | Html:
    """A name that leads to an address, where there is one that may be followed."""
    href = safe_address(address)
    return h("a", link_to(href, boxes.opens), name) if href else name


def provider_html(provider: Provider, boxes: Boxes) -> Html:
    """A provider of Google's list."""
    label, name = f"n-{GOOGLE}{provider.id}", linked(provider.name, provider.policy_url, boxes)
    return partner(label, name, boxes.answers(label, consent=f"{GOOGLE}{provider.id}"))


def general_html(view: NoticeView, vendor: GeneralVendor, boxes: Boxes) -> Html:
    """A partner outside both lists; one that works for locked categories only is as they are."""
    label, fixed = f"n-{GENERAL}{vendor.id}", view.ruling.fixed_vendors.get(vendor.id)
    name = linked(vendor.name, vendor.policy_url, boxes)
    state = None if fixed is None else h("p", {"class": "state"}, fixed_words(view)["always" if fixed else "off"])
    answers = boxes.answers(label, consent=GENERAL + vendor.id) if fixed is None else state
    return partner(label, name, h("div", {}, view.text(vendor.description)), answers)
