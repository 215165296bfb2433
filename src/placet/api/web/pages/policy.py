"""A site's cookies, category by category: as a page, as a piece of somebody's page, and as data."""

from typing import Any

from placet.api.web.pages.days import in_days
from placet.api.web.pages.html import Html, h, join, marked, rich_html
from placet.api.web.pages.page import fixed_words
from placet.api.web.site_data import NoticeView, category_part

Json = dict[str, Any]


def policy_json(view: NoticeView) -> Json:
    """The list as data; `days` 0 means until the browser closes."""
    return {
        "site": view.publication.site.name,
        "language": view.language,
        "publication": view.publication.number,
        "categories": [
            {
                "id": part["id"],
                "name": part["name"],
                "description": view.text(view.publication.site.by_id[part["id"]].description),
                "alwaysActive": part["status"] == "always active",
                "cookies": part.get("cookies", []),
            }
            for part in parts_of(view)
        ],
    }


def policy_html(view: NoticeView) -> Html:
    """The list as a piece of HTML, under the classes the browser's own list has."""
    fixed = fixed_words(view)
    direction = "rtl" if view.right_to_left else "ltr"
    sections = (
        h(
            "section",
            {"class": "ot-sdk-cookie-policy-group", "data-optanongroupid": part["id"]},
            h("h2", {"class": "ot-sdk-cookie-policy-group-name", **marked(part.get("nameLang"))}, part["name"]),
            h("div", marked(part.get("textLang")), rich_html(part["description"], fixed["opens"])),
            cookie_table(part.get("cookies", []), part["name"], fixed),
        )
        for part in parts_of(view)
    )
    return h("div", {"class": "ot-sdk-cookie-policy", "lang": view.language, "dir": direction}, *sections)


def parts_of(view: NoticeView) -> list[Json]:
    """The categories that are not only there to hold others."""
    site = view.publication.site
    return [category_part(view, one) for one in site.categories if one.id not in site.children]


def cookie_table(cookies: list[Json], name: str, fixed: dict[str, str]) -> Html | None:
    """The cookies of a category, or nothing when none are listed."""
    if not cookies:
        return None
    heads = (h("th", {"scope": "col"}, fixed[word]) for word in ("cookie", "host", "lifespan", "purpose"))
    rows = (
        h(
            "tr",
            {},
            *(h("td", {}, cell) for cell in (one["name"], one["host"], lifespan(one, fixed))),
            h("td", marked(one.get("lang")), one["purpose"]),
        )
        for one in cookies
    )
    label = f"{fixed['cookies']}: {name}"
    table = h("table", {"aria-label": label}, h("thead", {}, h("tr", {}, *heads)), h("tbody", {}, join(*rows)))
    # A table may be wider than a phone: then it scrolls, by keyboard, too.
    return h("div", {"class": "scroll", "tabindex": "0", "role": "group", "aria-label": label}, table)


def lifespan(cookie: Json, fixed: dict[str, str]) -> str | Html:
    """How long a cookie is kept, in the page's language."""
    return h("bdi", {}, in_days(cookie["days"], fixed["tag"])) if cookie["days"] else fixed["session"]
