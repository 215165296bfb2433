"""What Google's tags are told before anything of ours has run: consent by region, out of a site's rules (iab.md §9)."""

from typing import Final

from msgspec import Struct, json

from placet.api.http.static_files import StaticFile, pack
from placet.api.web.site_data import is_global, places_of
from placet.settings.purposes import Status
from placet.settings.regions import Place, Rule
from placet.settings.site import Publication, Site

TYPES: Final = (
    *("ad_storage", "ad_user_data", "ad_personalization"),
    *("analytics_storage", "functionality_storage", "personalization_storage"),
)
ON: Final = frozenset({Status.ACTIVE, Status.ALWAYS_ACTIVE})
NOWHERE: Final = "DNAC"
"""Stands where a storage type has no category on purpose."""

TABLE: Final = b"%DEFAULTS%"
"""What the build leaves in `google.js` for the defaults of a site."""


class Default(Struct, frozen=True, omit_defaults=True):
    """One region's storage types that are granted before the visitor speaks; those in `gpc` only without a signal.

    `region` is empty for everywhere that no other names. What is not listed is denied.
    """

    region: tuple[str, ...] = ()
    granted: tuple[str, ...] = ()
    gpc: tuple[str, ...] = ()


def defaults(publication: Publication) -> tuple[Default, ...]:
    """One for each rule of the site, and one for the rest of the world: what both of its rules grant."""
    site = publication.site
    regional = tuple(region for rule in site.rules if not is_global(rule) and (region := default_of(site, rule)).region)
    elsewhere = [site.rule_for(Place(country)) for country in ("", "ZZ")]
    granted, *others = (default_of(site, rule) for rule in elsewhere)
    rest = Default(
        granted=tuple(one for one in granted.granted if all(one in other.granted for other in others)),
        gpc=tuple(dict.fromkeys((*granted.gpc, *(one for other in others for one in other.gpc)))),
    )
    return (rest, *regional)


def default_of(site: Site, rule: Rule) -> Default:
    """What a rule grants where it governs."""
    by_id = {category.id: category for category in site.categories}
    mapped = {kind: rule.consent_mode.get(kind, NOWHERE) for kind in TYPES}
    granted = tuple(kind for kind, id in mapped.items() if id in by_id and rule.status(by_id[id]) in ON)
    return Default(
        tuple(place.upper() for place in places_of(rule)),
        granted,
        tuple(kind for kind in granted if mapped[kind] in rule.signals_off),
    )


def google_script(script: StaticFile, publication: Publication) -> StaticFile:
    """`google.js` with a site's defaults."""
    # The table stands inside a script's string: JSON twice, and no `<` that could end the script early.
    table = json.encode(json.encode(defaults(publication)).decode().replace("<", "\\u003c"))
    return pack(script.plain.replace(b'"%b"' % TABLE, table))
