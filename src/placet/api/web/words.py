"""Our own fixed words, in the languages of Europe and the largest ones elsewhere."""

from functools import cache
from importlib.resources import files
from typing import Final

from msgspec import json

from placet.formats.language_match import nearest as nearest_language
from placet.settings.notices import Notice
from placet.settings.purposes import said_in

LABELS: Final = {"always": "alwaysActive", "on": "activeText", "off": "inActiveText", "close": "closeBtnVoiceOverText"}
"""Words that a notice may already override under their name in the CMP dialect; the others go by their own."""

VENDOR_WORDS: Final = "vendor_words.json"
"""The words of the vendor screen, which most sites never load."""

LATER_WORDS: Final = "later_words.json"
"""The words of what most visitors never see: the list of others' hosts, the notice of a profile that was found."""


@cache
def table(name: str = "words.json", package: str = __package__) -> dict[str, dict[str, str]]:
    """Language to word to text. The file holds one row for each language, in the order of its `keys`."""
    rows: dict[str, list[str]] = json.decode(files(package).joinpath(name).read_bytes())
    keys = rows.pop("keys")
    return {language: dict(zip(keys, row, strict=True)) for language, row in rows.items()}


def nearest(language: str) -> str:
    """The language of the table nearest to this one; English when there is none."""
    return nearest_language(language, table()) or "en"


def words(notice: Notice, language: str, fallback: str) -> dict[str, str]:
    """Every fixed word in this language, as the notice says it where it does; `tag` names the language itself."""
    own = table()[nearest(language)]
    told = {name: notice.labels.get(LABELS.get(name, name), {}) for name in own}
    return {name: said_in(told[name], language, fallback) or own[name] for name in own} | {"tag": language}


def vendor_words(language: str) -> dict[str, str]:
    """Every word of the vendor screen in this language."""
    return table(VENDOR_WORDS)[nearest(language)]


def later_words(language: str) -> dict[str, str]:
    """Every one of those words in this language."""
    return table(LATER_WORDS)[nearest(language)]
