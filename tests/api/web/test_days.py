"""Numbers of days in every language of our words."""

import pytest

from placet.api.web.pages.days import TABLE, in_days
from placet.api.web.words import table


@pytest.mark.parametrize("language, days, said", [
    ("en", 1, "1 day"), ("en", 400, "400 days"), ("de-AT", 400, "400 Tage"), ("ar", 2, "يومان"),
    ("ar", 400, "400 يوم"), ("pl", 1, "1 dzień"), ("ru", 121, "121 день"), ("ru", 3650, "3650 дней"),
    ("mt", 13, "13-il jum"), ("mt", 400, "400 jum"), ("zh-Hant", 7, "7 天"), ("xx", 7, "7 days"),
])  # fmt: skip
def test_days_are_said_in_the_language(language: str, days: int, said: str) -> None:
    assert in_days(days, language) == said


def test_every_language_has_its_own_words() -> None:
    assert TABLE.keys() == table().keys()
    for language in TABLE:
        assert in_days(400, language).replace("400", "").strip(" ") not in ("", "d")
