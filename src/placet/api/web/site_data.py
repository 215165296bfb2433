"""Our short form: all that a page needs to ask one visitor in one language, in one answer."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec import Struct, structs

from placet.api.web.hosts import switched
from placet.api.web.rich_text import Part, Rich, rich
from placet.api.web.signals import first_named
from placet.api.web.words import vendor_words, words
from placet.consent.rules.effective_rule import EffectiveRule
from placet.consent.rules.published import Published
from placet.formats.domains import common_domain, is_public_suffix
from placet.formats.language_match import nearest
from placet.formats.languages import right_to_left
from placet.formats.web_address import safe_address
from placet.settings.notices import Button, Notice, Screen
from placet.settings.purposes import PARTNERS, Category, Cookie, Status, Texts, heard_in, said_in
from placet.settings.regions import PLACES, UNKNOWN_PLACES, Model, Place, RejectAll, Rule, Variant
from placet.settings.site import CookieManner, Publication, Site, Stage

Json = dict[str, Any]

MODELS: Final = {
    Model.OPT_IN: "opt-in",
    Model.OPT_OUT: "opt-out",
    Model.IMPLIED: "implied consent",
    Model.NOTICE_ONLY: "notice only",
    Model.CUSTOM: "custom",
}
"""The spelling that other programs compare (web-sdk.md §5.6, §16); the last two are unverified."""

LAYOUTS: Final = {"top": "top", "corner": "corner", "center": "centre", "centre": "centre", "full": "centre"}


PREFERENCES: Final = ("center", "list", "panel", "popup", "tab")
"""How a preference centre may look."""


class Collection(Struct, frozen=True):
    """Where receipts go, and the token that names the collection point."""

    url: str
    token: str
    profiles: str = ""
    """Where the profiles of known people are read; empty where nobody is known."""


class NoticeView(Struct, frozen=True):
    """A publication as one visitor sees it: under one rule, from one place, in one language."""

    publication: Publication
    ruling: EffectiveRule
    place: Place
    language: str
    now: int
    """When it is looked at, in epoch ms: partners come and go."""
    untracked: bool = False
    """The browser asks not to be tracked (`DNT: 1`)."""
    variant: Variant | None = None
    """What the visitor drew in place of the rule's own notice."""

    @property
    def notice_id(self) -> str:
        """The notice that this visitor's rule shows, or that they drew."""
        return self.ruling.rule.notice if self.variant is None else self.variant.notice

    @property
    def notice(self) -> Notice:
        """The same, whole."""
        return self.publication.site.notices[self.notice_id]

    @property
    def right_to_left(self) -> bool:
        """Is the visitor's language written from right to left?"""
        return right_to_left(self.language)

    def status(self, category: Category) -> Status:
        """What the rule makes of a category for this visitor before they speak."""
        status = self.ruling.statuses[category.id]
        heeds = self.untracked and category.id in self.ruling.rule.do_not_track
        return Status.INACTIVE if heeds and not status.locked else status

    def text(self, texts: Texts) -> str:
        """A text of the settings in the visitor's language."""
        said = said_in(texts, self.language, self.publication.site.default_language)
        return said.replace(PARTNERS, str(self.partners))

    def foreign(self, texts: Texts) -> str:
        """The language of such a text where it is another than the visitor's: screen readers must know it."""
        tag = heard_in(texts, self.language, self.publication.site.default_language)
        return "" if tag.partition("-")[0] == self.language.partition("-")[0] else tag

    @property
    def partners(self) -> int:
        """How many partners the vendor screen lists."""
        return self.ruling.partners(self.now)


def view_of(published: Published, place: Place, wanted: str, now: int, *, untracked: bool = False) -> NoticeView:
    """The view of a visitor from `place` who wants this language."""
    language = choose_language(published.publication.site.languages, wanted)
    return NoticeView(published.publication, published.rule_for(place), place, language, now, untracked)


def choose_language(languages: tuple[str, ...], wanted: str) -> str:
    """By the whole tag, then the nearest by CLDR's rules, else the default (web-sdk.md §2.3)."""
    return nearest(wanted, languages) or languages[0]


def site_data(view: NoticeView, collection: Collection | None) -> Json:
    """The short form (`Site` in sdk/web/src/consent/site.ts). `collection` is None where nothing is recorded."""
    usual = notice_part(view, collection)
    return usual | variants_part(view, collection, usual)


def variants_part(view: NoticeView, collection: Collection | None, usual: Json) -> Json:
    """What is on trial: each variant, its share, and in what it differs from the rule's own notice."""
    told = []
    for variant in view.ruling.rule.variants:
        other = notice_part(structs.replace(view, variant=variant), collection)
        changed = {name: other.get(name) for name in usual | other if other.get(name) != usual.get(name)}
        told.append({"id": variant.id, "share": variant.share, "site": changed})
    return {"variants": told} if told else {}


def notice_part(view: NoticeView, collection: Collection | None) -> Json:
    """Everything but what is on trial, as the visitor's notice has it."""
    publication, notice, rule = view.publication, view.notice, view.ruling.rule
    site = publication.site
    fixed = words(notice, view.language, site.default_language)
    return {
        "id": publication.app_id,
        "test": publication.stage is Stage.TEST,
        "version": publication.version,
        "domain": cookie_domain(site.origins),
        "place": {"country": shown_country(view.place), "state": view.place.region},
        "language": view.language,
        "languages": language_files(site.languages),
        "rtl": view.right_to_left,
        "rule": rule_part(rule, publication.reconsent_at),
        "groups": [category_part(view, category) for category in view.ruling.site.categories],
        "vendors": [*host_ids(site), *(vendor.id for vendor in site.vendors)],
        "layout": LAYOUTS.get(notice.layout, "bottom"),
        "scheme": notice.scheme,
        "theme": theme_part(notice),
        "banner": screen_part(view, notice.banner, fixed, layer_part(view)),
        "preferences": screen_part(view, notice.preferences, fixed),
        "policy": {
            "text": view.text(notice.policy_text) or fixed["region"],
            "url": safe_address(view.text(notice.policy_url)),
        },
        "logo": safe_address(notice.logo_url),
        "floating": notice.settings_button,
        "blocking": any(category.hosts for category in site.categories),
        "words": fixed,
        "collection": collection_part(view, collection),
        **layout_part(notice),
        **({"cookie": cookie_attributes(site)} if site.cookies != CookieManner() else {}),
        **({"iso": True} if site.cookies.iso_time else {}),
        **profiles_part(site, collection),
    }


def rule_part(rule: Rule, reconsent_at: int) -> Json:
    """What the rule means for the page."""
    tags: Json = {"microsoft": rule.microsoft_consent, "meta": rule.meta_category}
    part: Json = {
        "id": rule.id,
        "name": rule.name,
        "type": rule.template,
        "model": MODELS[rule.model],
        "shows": rule.show_banner,
        "days": rule.reconsent_days,
        "reconsentAt": reconsent_at,
        "objects": rule.reject_all is RejectAll.OBJECT,
        "google": rule.consent_mode,
        "regions": [place.upper() for place in places_of(rule)] if rule.consent_mode and not is_global(rule) else [],
    }
    return part | {name: value for name, value in tags.items() if value}


def category_part(view: NoticeView, category: Category) -> Json:
    """A category as the visitor reads it; what is empty is left out."""
    part: Json = {
        "id": category.id,
        "purpose": category.purpose_id,
        "name": view.text(category.name),
        "description": rich(view.text(category.description)),
        "status": view.status(category).value,
        "kind": category.kind.value,
        "parent": category.parent,
        "gpc": category.id in view.ruling.gpc_off,
    }
    lists: Json = {
        "legitimate": category.legitimate_interest,
        "vendors": (*(switched(category) if view.publication.site.host_switches else ()), *category.vendors),
        "hosts": category.hosts,
        "cookies": [cookie_part(view, cookie) for cookie in category.cookies],
        "nameLang": view.foreign(category.name),
        "textLang": view.foreign(category.description),
    }
    return part | {name: value for name, value in lists.items() if value}


def cookie_part(view: NoticeView, cookie: Cookie) -> Json:
    """A cookie as the visitor reads of it."""
    foreign = view.foreign(cookie.description)
    return {
        "name": cookie.name,
        "host": cookie.host or cookie_domain(view.publication.site.origins),
        "days": cookie.life_days,
        "purpose": view.text(cookie.description),
        "thirdParty": cookie.third_party,
        **({"lang": foreign} if foreign else {}),
    }


def host_ids(site: Site) -> list[str]:
    """Hosts with a switch are vendors to a page: on with their category, and off by themselves if a person says so."""
    return [id for category in site.categories for id in switched(category)] if site.host_switches else []


USUAL_WORDS: Final = {"accept": "accept", "reject": "reject", "manage": "manage", "confirm": "save", "close": "close"}


def layer_part(view: NoticeView) -> Rich:
    """What a first screen must name under a rule of IAB Europe's framework (iab.md §12, 4 to 6); nothing elsewhere.

    The button is a plain one: its script makes it open the vendor screen (sdk/web/src/ui/iab.ts).
    """
    if view.ruling.framework is None:
        return []
    named = first_named(view.ruling)
    foreign = next(filter(None, map(view.foreign, named)), "")
    text = {"tag": "span", "parts": [" · ".join(map(view.text, named))], **({"lang": foreign} if foreign else {})}
    button = {"tag": "button", "parts": [f"{vendor_words(view.language)['partners']} ({view.partners})"]}
    return [{"tag": "p", "parts": [text, " ", button]}]


def screen_part(view: NoticeView, screen: Screen, fixed: dict[str, str], more: Sequence[Part] = ()) -> Json:
    """A screen's words, with `more` below them, and its buttons in the order of their places."""
    named = {name: getattr(screen, name) for name in USUAL_WORDS}
    shown: list[tuple[str, Button]] = [(name, button) for name, button in named.items() if button is not None]
    shown.sort(key=lambda pair: pair[1].position)
    buttons = {name: button_part(view, button, fixed[USUAL_WORDS[name]]) for name, button in shown}
    part = {"title": view.text(screen.title), "text": [*rich(view.text(screen.description)), *more], "buttons": buttons}
    marks = {"titleLang": view.foreign(screen.title), "textLang": view.foreign(screen.description)}
    return part | {name: tag for name, tag in marks.items() if tag}


def button_part(view: NoticeView, button: Button, usual: str) -> Json:
    """A button: its own words or the usual ones, and what it does when that is not the usual thing."""
    part: Json = {"text": view.text(button.text) or usual}
    return part | ({"does": button.does} if button.does else {}) | ({"link": True} if button.as_link else {})


def layout_part(notice: Notice) -> Json:
    """What is unusual about the looks: switches on the banner, another preference centre than the one in the centre."""
    switches = {"switches": True} if notice.layout == "choices" else {}
    unusual = notice.preferences_layout in PREFERENCES and notice.preferences_layout != "center"
    return switches | ({"preferencesLayout": notice.preferences_layout} if unusual else {})


def theme_part(notice: Notice) -> dict[str, str]:
    """The colours and sizes that differ from ours, as the values of custom properties."""
    usual = type(notice.theme)()
    changed = {
        name: getattr(notice.theme, name)
        for name in notice.theme.__struct_fields__
        if getattr(notice.theme, name) != getattr(usual, name)
    }
    css = {name: f"{value}px" if isinstance(value, int) else value for name, value in changed.items()}
    return {name.replace("_", "-"): value for name, value in css.items()}


def collection_part(view: NoticeView, collection: Collection | None) -> Json | None:
    """Where receipts go, and which text they are about; None where the rule keeps no records."""
    publication = view.publication
    if collection is None or not view.ruling.rule.records:
        return None
    return {
        "url": collection.url,
        "token": collection.token,
        "publication": publication.number,
        "content": publication.content_hash,
        "notice": view.notice_id,
    }


def profiles_part(site: Site, collection: Collection | None) -> Json:
    """Where the profiles of this site's consent group are read; nothing for a site without a group."""
    if site.group is None or collection is None or not collection.profiles:
        return {}
    group = site.group
    where = {"url": collection.profiles, "tenant": site.organisation, "group": group.id}
    notice = {"notice": True} if group.sync_notice else {}
    return {"profiles": {**where, "newest": group.override, **notice}}


def language_files(languages: tuple[str, ...]) -> dict[str, str]:
    """`LanguageSwitcherPlaceholder`: what a page may ask for, in lower case, to the published language."""
    return {"default": languages[0]} | {tag.lower(): tag for tag in languages}


def cookie_domain(origins: tuple[str, ...]) -> str:
    """The host that cookies are shared under: what all origins end in, at least a name and its parent.

    Empty where that is a public suffix: browsers would set no cookie at all. Each host then has its own.
    """
    domain = common_domain(origins)
    return "" if is_public_suffix(domain) else domain


def cookie_attributes(site: Site) -> str:
    """How the cookies are set, as a browser is told, beside their path, domain and end."""
    manner = site.cookies
    secure = manner.cross_site or manner.partitioned
    return (
        f";SameSite={'None' if secure else 'Lax'}"
        + (";Secure" if secure else "")
        + (";Partitioned" if manner.partitioned else "")
        + (";Priority=High" if manner.high_priority else "")
    )


def is_global(rule: Rule) -> bool:
    """True for a rule that names everywhere, or nowhere and is the default."""
    return "*" in rule.places or not rule.places


def places_of(rule: Rule) -> Iterator[str]:
    """The rule's countries and states, with short names spelled out."""
    for place in rule.places:
        yield from sorted(PLACES.get(place, {place} - {"*"}))


def shown_country(place: Place) -> str:
    """The country, empty for a visitor nobody could place."""
    return "" if place.country in UNKNOWN_PLACES else place.country
