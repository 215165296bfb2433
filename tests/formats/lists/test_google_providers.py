"""Google's provider list, as a CSV file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.formats.errors import Malformed
from placet.formats.ids import Ids
from placet.formats.lists import bundled_providers
from placet.formats.lists.google_providers import MAX_CHARACTERS, read_providers

HEADER = '"provider_id","provider_name","policy_url","domains"\n'


def test_the_bundled_list_has_every_provider():
    providers = bundled_providers()

    assert len(providers.by_id) == len(providers.ids) == 632
    assert providers.by_id[43].name == "AdPredictive"
    assert providers.by_id[43].domains[:2] == ("adpredictive.com", "adpredictive.io")


def test_a_site_s_own_choice_leaves_only_its_providers():
    assert list(bundled_providers().restricted_to(Ids.of([39, 43, 1])).by_id) == [39, 43]


def test_names_may_hold_commas_and_quotation_marks():
    read = read_providers(HEADER + '7,"A ""B"", Inc.","https://example.org/p",""\n\n')

    assert read.by_id[7].name == 'A "B", Inc.'
    assert read.by_id[7].domains == ()


@pytest.mark.parametrize("text, reason", [
    ("", "first line"),
    ("id,name\n", "first line"),
    (HEADER + '7,"A"\n', "line 2 has 2 columns"),
    (HEADER + 'x,"A","",""\n', "'x' is not an id"),
    (HEADER + '0,"A","",""\n', "'0' is not an id"),
    (HEADER + '70000,"A","",""\n', "'70000' is not an id"),
    (HEADER + '²,"A","",""\n', "is not an id"),
    (HEADER + '7,"A","","\n', "line 2"),
    ("x" * (MAX_CHARACTERS + 1), "more than"),
])  # fmt: skip
def test_what_is_no_provider_list_is_refused(text, reason):
    with pytest.raises(Malformed, match=reason) as refusal:
        read_providers(text)

    assert refusal.value.standard == "provider list"


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        read_providers(HEADER + text)
    except Malformed as refusal:
        assert refusal.standard == "provider list"
