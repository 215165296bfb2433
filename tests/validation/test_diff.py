"""A change is told where it happened, shortly, and without secrets."""

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from placet.settings.organisation import Organisation
from placet.validation.diff import changes
from placet.validation.secrets import masked
from tests.organisation_strategies import organisations
from tests.small_organisation import small

LONG = "word " * 50


@pytest.mark.parametrize("old, new, told", [
    ("name: Small", "name: Tall", ["~ name: 'Small' → 'Tall'"]),
    ("{en: Needed, de: Nötig}", "{en: Must, de: Nötig}",
     ["~ workspaces/shop/categories/C0001/name/en: 'Needed' → 'Must'"]),
    ("{en: Needed, de: Nötig}", "{en: Needed}", ["- workspaces/shop/categories/C0001/name/de: 'Nötig'"]),
    ("{en: Needed, de: Nötig}", "{de: Nötig, en: Needed}", []),
    ("sites: [shop/web, shop/app]", "sites: [shop/web]",
     ["~ consent_groups/all/sites: ['shop/web', 'shop/app'] → ['shop/web']"]),
    ("  - {id: login", "  - {id: more, algorithm: HS256, secret: 'env:M'}\n  - {id: login", ["+ keys/more: more"]),
    ("{id: run,", "{id: run, description: {en: " + LONG + "},",
     ["+ purposes/run/description/en: '" + ("word " * 12)[:58] + "…"]),
    ("model: opt-out", "model: opt-in", ["~ workspaces/shop/region_rules/world/rules/us/model: opt-out → opt-in"]),
    ("channel: mobile", "token_required: true",
     ["~ workspaces/shop/sites/app/channel: mobile → web", "~ workspaces/shop/sites/app/token_required: false → true"]),
])  # fmt: skip
def test_a_change_is_told_where_it_happened(old: str, new: str, told: list[str]) -> None:
    assert [str(change) for change in changes(small(), small((old, new)))] == told


def test_another_order_is_told_as_such() -> None:
    organisation = small()
    turned = replace(organisation, purposes=organisation.purposes[::-1])
    assert [str(change) for change in changes(organisation, turned)] == [
        "~ purposes/(order): ['run', 'ads'] → ['ads', 'run']"
    ]


def test_a_new_organisation_is_told_part_by_part() -> None:
    assert [str(change) for change in changes(None, small())] == [
        "+ organisation: 'Small'",
        "+ purposes/run: run",
        "+ purposes/ads: ads",
        "+ workspaces/shop: Shop",
        "+ consent_groups/all: All",
        "+ keys/login: login",
    ]


def test_secrets_are_masked() -> None:
    (change,) = changes(small(('"env:SECRET"', "hunter2")), small(('"env:SECRET"', "hunter3")))
    assert change.path == ("keys", "login", "secret")
    assert "hunter" not in str(change)


@given(organisations(), organisations())
@settings(max_examples=15, deadline=None)
def test_nothing_is_told_exactly_when_nothing_changed(one: Organisation, other: Organisation) -> None:
    assert changes(one, one) == ()
    assert (changes(one, other) == ()) is (masked(one) == masked(other))
