"""Our own words exist in at least forty languages, each of them whole."""

import pytest

from placet.api.web.words import LATER_WORDS, VENDOR_WORDS, nearest, table, words
from placet.settings.notices import Notice, Screen

LANGUAGES = sorted(table())
NOTICE = Notice(
    "n", Screen({}, {}), Screen({}, {}), labels={"alwaysActive": {"de": "Stets an"}, "show": {"en": "Play"}}
)


def test_there_are_forty_languages():
    assert len(LANGUAGES) >= 40


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_word(language):
    row = table()[language]
    assert all(text.strip() == text and text for text in row.values())
    assert "{name}" in row["blocked"] and "GPC" in row["gpc"]


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_a_language_is_not_english(language):
    same = [word for word, text in table()[language].items() if text == table()["en"][word]]
    assert set(same) <= {"cookies", "cookie", "manage", "settings"}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("de-AT", "de"),
        ("pt-BR", "pt-br"),
        ("pt-PT", "pt"),
        ("no", "nb"),
        ("zh-Hant", "zh-tw"),
        ("xx", "en"),
        ("EN", "en"),
    ],
)
def test_the_nearest_language_is_found(wanted, found):
    assert nearest(wanted) == found


def test_a_notice_says_its_own_words():
    assert words(NOTICE, "de", "en")["always"] == "Stets an"
    assert words(NOTICE, "de", "en")["show"] == "Play"
    assert words(NOTICE, "de", "en")["accept"] == "Alle akzeptieren"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_vendor_screen_speaks_the_same_languages(language):
    row = table(VENDOR_WORDS)[language]
    assert all(text.strip() == text and text for text in row.values())
    assert "{n}" in row["found"]
    same = {word for word, text in row.items() if text == table(VENDOR_WORDS)["en"][word]}
    assert language == "en" or same <= {"partners"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_later_words_come_in_the_same_languages(language):
    row = table(LATER_WORDS)[language]
    assert all(text.strip() == text and text for text in row.values())
    assert "{n}" in row["found"]
