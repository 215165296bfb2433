"""Language matching: which of the available languages is nearest to the wanted one.

The tables are those of CLDR 44 (likely subtags, aliases, and language matches of a distance up to 10, and Nynorsk to
Bokmål) for the languages of ISO 639-1, read from the package langcodes 3.5; the SDK reads the same file.
"""

from collections.abc import Collection
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from msgspec import json

FAR: Final = 9


class Tag(NamedTuple):
    """A parsed language tag in lower case; where no script is given, it is the likely one."""

    language: str
    script: str
    region: str


@cache
def tables() -> dict[str, Any]:
    """The file that server and SDK share."""
    data: dict[str, Any] = json.decode(files(__package__).joinpath("language_matching.json").read_bytes())
    return data


@lru_cache(4096)
def parsed(tag: str) -> Tag:
    """Parses a tag with `-` or `_`, in any letter case; variants and extensions are ignored."""
    first, *rest = tag.lower().replace("_", "-").split("-")
    data = tables()
    language = data["aliases"].get(first, first)
    script = next((part for part in rest[:1] if len(part) == 4 and part.isalpha()), "")
    after = rest[1:] if script else rest
    region = next((part for part in after[:1] if len(part) == 2 or (len(part) == 3 and part.isdigit())), "")
    if first == "sh":
        script = script or "latn"
    return Tag(language, script or likely_script(language, region), region)


def likely_script(language: str, region: str) -> str:
    """The script in which a language is written in that region; empty where it has only one."""
    elsewhere = tables()["regionScripts"].get(language, {})
    usual: str = tables()["scripts"].get(language, "")
    return next((script for script, regions in elsewhere.items() if region and region in regions.split()), usual)


def cluster(tag: Tag) -> str:
    """The region that represents this one in matching, such as GB for Australia's English; empty where there is
    none."""
    data = tables()["clusters"]
    for speaker, regions in data.get(f"{tag.language}-{tag.script}", data.get(tag.language, ())):
        if not regions or tag.region in regions.split():
            return str(speaker)
    return ""


def region_distance(wanted: Tag, found: Tag) -> int:
    """The distance between two regions of one language."""
    if wanted.region == found.region:
        return 0
    regions = tables()["regions"]
    likely = regions.get(f"{wanted.language}-{wanted.script}", regions.get(wanted.language, wanted.language))
    if not wanted.region:
        return 1 if found.region == likely else 2
    if found.region and cluster(wanted) == found.region:
        return 1
    if found.region and cluster(wanted) and cluster(wanted) == cluster(found):
        return 2
    return 3 if not found.region else 4 if found.region == likely else 5


def distance(wanted: Tag, found: Tag) -> tuple[int, int, int]:
    """The distances of language, script and region, compared in that order; `FAR` is no match."""
    lookup = [wanted.language, *tables()["near"].get(wanted.language, ())]
    language = lookup.index(found.language) if found.language in lookup else FAR
    return language, int(wanted.script != found.script), region_distance(wanted, found)


def nearest(wanted: str, languages: Collection[str]) -> str | None:
    """The one of `languages` that is nearest to `wanted`, in its own spelling; None when none is near."""
    return _nearest(wanted, tuple(languages))


@lru_cache(4096)
def _nearest(wanted: str, languages: tuple[str, ...]) -> str | None:
    tag = wanted.lower().replace("_", "-")
    exact = next((language for language in languages if language.lower() == tag), None)
    if exact is not None or not languages:
        return exact
    asked = parsed(wanted)
    found = min(languages, key=lambda language: distance(asked, parsed(language)))
    return found if distance(asked, parsed(found))[0] < FAR else None
