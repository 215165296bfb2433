"""A number of days in a person's language, by CLDR's texts and plural forms (`tools/generate_days`)."""

from importlib.resources import files
from typing import Final

from msgspec import Struct, json

from placet.api.web.words import nearest


class Days(Struct, frozen=True):
    """The texts a language has, and which of them 0 to 199 have, digit by digit."""

    texts: tuple[str, ...]
    marks: str


TABLE: Final = json.decode(files(__package__).joinpath("days.json").read_bytes(), type=dict[str, Days])


def in_days(days: int, language: str) -> str:
    """`400 days`, `400 Tage`: as the language nearest to this one says it."""
    said = TABLE[nearest(language)]
    mark = said.marks[days if days < 200 else 100 + days % 100]
    return said.texts[int(mark)].replace("{}", str(days))
