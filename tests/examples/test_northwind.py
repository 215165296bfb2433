"""The example organisation holds what the tour and the docs promise of it."""

from pathlib import Path

import pytest

from placet.settings.organisation import Organisation, Workspace, build_site
from placet.settings.purposes import CategoryKind
from placet.settings.regions import Model, Place
from placet.settings.site import Channel, Site
from placet.settings_files.read import read

NORTHWIND = Path(__file__).parents[2] / "examples" / "northwind"


@pytest.fixture(scope="module")
def northwind() -> Organisation:
    organisation = read(NORTHWIND).organisation
    assert organisation is not None
    return organisation


def named(organisation: Organisation, name: str) -> Site:
    """A site as it would be published."""
    every = [(workspace, site) for workspace in organisation.workspaces for site in workspace.sites]
    return next(build_site(organisation, workspace, site) for workspace, site in every if site.id == name)


def purposes(site: Site) -> set[str]:
    return {category.purpose_id for category in site.categories if category.kind is not CategoryKind.BRANCH}


def test_three_brands_speak_six_languages(northwind: Organisation) -> None:
    assert len(northwind.workspaces) == 3
    assert {tag for each in northwind.workspaces for tag in each.languages} == {"en", "de", "fr", "es", "it", "nl"}


def test_there_are_categories_of_every_shape(northwind: Organisation) -> None:
    categories = [category for workspace in northwind.workspaces for category in workspace.categories]
    assert len(categories) >= 12
    assert any(category.kind is CategoryKind.BRANCH for category in categories)
    assert any(category.parent and category.kind is CategoryKind.COOKIE for category in categories)
    assert any(category.sdks for category in categories)
    assert any(category.vendors for category in categories)


def test_every_kind_of_device_is_there(northwind: Organisation) -> None:
    sites = [site for workspace in northwind.workspaces for site in workspace.sites]
    assert {site.channel for site in sites} == set(Channel)
    assert len(sites) == 8


@pytest.mark.parametrize("place, rule, model", [
    (Place("DE"), "europe", Model.OPT_IN),
    (Place("NO"), "europe", Model.OPT_IN),
    (Place("GB"), "united-kingdom", Model.OPT_IN),
    (Place("US", "CA"), "california", Model.OPT_OUT),
    (Place("US", "TX"), "united-states", Model.OPT_OUT),
    (Place("JP"), "elsewhere", Model.IMPLIED),
    (Place(), "europe", Model.OPT_IN),
])  # fmt: skip
def test_every_brand_treats_a_place_alike(northwind: Organisation, place: Place, rule: str, model: Model) -> None:
    for name in ("shop-web", "stream-web", "news-web"):
        governing = named(northwind, name).rule_for(place)
        assert (governing.id, governing.model) == (rule, model)


def test_the_newspaper_asks_for_one_purpose_more_than_the_shop_of_its_group(northwind: Organisation) -> None:
    shop, news = named(northwind, "shop-web"), named(northwind, "news-web")
    assert shop.group == news.group
    assert len(purposes(news) - purposes(shop)) == 1


def test_one_group_lets_a_newer_choice_win_and_the_other_does_not(northwind: Organisation) -> None:
    assert {group.id: group.override for group in northwind.consent_groups} == {"household": True, "screens": False}


def test_keys_of_several_kinds_are_registered_and_no_secret_is_written_down(northwind: Organisation) -> None:
    assert {key.algorithm for key in northwind.keys} == {"HS256", "ES256", "EdDSA"}
    assert [key.secret for key in northwind.keys if key.secret] == ["env:NORTHWIND_TOKEN_SECRET"]


def test_every_guid_is_lower_case(northwind: Organisation) -> None:
    def ids(workspace: Workspace) -> set[str]:
        sdks = {sdk.id for category in workspace.categories for sdk in category.sdks}
        return {site.app_id for site in workspace.sites} | sdks | {vendor.guid for vendor in workspace.vendors}

    every = (
        {northwind.id} | {each.guid for each in northwind.purposes} | {each.guid for each in northwind.consent_groups}
    )
    every |= {id_ for workspace in northwind.workspaces for id_ in ids(workspace)}
    assert every == {id_.lower() for id_ in every}
