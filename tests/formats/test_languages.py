"""Language tags are told from what merely looks like one."""

import pytest

from placet.formats.languages import LANGUAGES, is_language


@pytest.mark.parametrize("tag", ["de", "pt-BR", "zh-Hant", "zh-Hant-TW", "es-419", "nds", "de-1996", "sl-rozaj-biske"])
def test_a_tag_is_known(tag: str) -> None:
    assert is_language(tag)


@pytest.mark.parametrize("tag", ["", "DE", "german", "xx", "pt-br", "pt_BR", "de-", "-de", "zh-hant", "e", "en-USA"])
def test_what_is_no_tag_is_not(tag: str) -> None:
    assert not is_language(tag)


def test_every_language_of_the_table_has_two_letters() -> None:
    assert {len(code) for code in LANGUAGES} == {2}
