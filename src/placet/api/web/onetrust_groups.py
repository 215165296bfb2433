"""Categories, cookies and hosts under their long names (web-sdk.md §4.2)."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from placet.api.web.hosts import hosts_of, lasting_id
from placet.api.web.rich_text import plain, rich
from placet.api.web.site_data import NoticeView, cookie_domain
from placet.settings.purposes import Category, Cookie

Json = dict[str, Any]


def groups_part(view: NoticeView) -> list[Json]:
    """Every category; hosts are numbered through the whole site."""
    numbers = count(1)
    return [group_part(view, order, numbers) for order in range(len(view.ruling.site.categories))]


def group_part(view: NoticeView, order: int, numbers: Iterator[int]) -> Json:
    """One category, `order` being its place in the site."""
    category = view.ruling.site.categories[order]
    name, description = view.text(category.name), plain(rich(view.text(category.description)))
    first_party = [cookie for cookie in category.cookies if not cookie.third_party]
    return {
        "CustomGroupId": category.id,
        "OptanonGroupId": category.id,
        "GroupId": category.purpose_id,
        "PurposeId": category.purpose_id,
        "Parent": category.parent,
        "GroupName": name,
        "GroupNameMobile": name,
        "GroupNameOTT": name,
        "GroupDescription": description,
        "GroupDescriptionOTT": description,
        "DescriptionLegal": view.text(category.legal),
        "Status": view.ruling.statuses[category.id].value,
        "Type": category.kind.value,
        "Order": str(order + 1),
        "FirstPartyCookies": [cookie_part(view, category, cookie) for cookie in first_party],
        "Hosts": hosts_part(view, category, numbers),
        "GeneralVendorsIds": list(category.vendors),
        "VendorServices": [],
        "IabIllustrations": [],
        "TrackingTech": None,
        **flags_part(view, category),
    }


def flags_part(view: NoticeView, category: Category) -> dict[str, bool]:
    """What the category is, and how its row behaves."""
    children = category.id in view.ruling.site.children
    return {
        "IsIabPurpose": category.kind.value.startswith("IAB"),
        "IsDntEnabled": False,
        "IsGpcEnabled": category.id in view.ruling.gpc_off,
        "HasConsentOptOut": category.id not in view.ruling.locked,
        "HasLegIntOptOut": category.legitimate_interest,
        "AlwaysShowCategory": True,
        "ShowInPopup": True,
        "ShowInPopupNonIAB": True,
        "ShowSDKListLink": False,
        "ShowSubgroup": children,
        "ShowSubGroupDescription": children,
        "ShowSubgroupToggle": children,
    }


def cookie_part(view: NoticeView, category: Category, cookie: Cookie) -> Json:
    """One cookie; its length is in days."""
    description = view.text(cookie.description)
    return {
        "id": cookie.name,
        "Name": cookie.name,
        "Host": cookie.host or cookie_domain(view.publication.site.origins),
        "IsSession": cookie.life_days == 0,
        "Length": str(cookie.life_days),
        "DurationType": 1,
        "description": description,
        "category": category.id,
        "isThirdParty": cookie.third_party,
        "patternKey": cookie.name if cookie.name.endswith("*") else None,
        "firstPartyKey": None,
        "thirdPartyKey": None,
        "thirdPartyDescription": description if cookie.third_party else None,
    }


def hosts_part(view: NoticeView, category: Category, numbers: Iterator[int]) -> list[Json]:
    """The other hosts that a category reaches, each with its cookies."""
    strange = [cookie for cookie in category.cookies if cookie.third_party]
    lasting = view.publication.site.host_switches
    return [
        {
            "HostName": name,
            "DisplayName": name,
            "HostId": lasting_id(category.id, name) if lasting else f"H{next(numbers)}",
            "Description": "",
            "PrivacyPolicy": "",
            "Cookies": [cookie_part(view, category, cookie) for cookie in strange if cookie.host == name],
        }
        for name in hosts_of(category)
    ]
