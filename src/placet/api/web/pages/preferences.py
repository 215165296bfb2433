"""The preference centre as a page of its own, which works without any script."""

from typing import Any

from msgspec import Struct

from placet.api.web.pages.form import CATEGORY
from placet.api.web.pages.html import Html, h, join, link_to, marked, rich_html
from placet.api.web.pages.page import fixed_words
from placet.api.web.pages.partners import FRAMEWORK, Boxes, boxes_of, objection_html, partners_html
from placet.api.web.pages.policy import cookie_table
from placet.api.web.rich_text import rich
from placet.api.web.site_data import NoticeView, category_part
from placet.formats.web_address import safe_address
from placet.settings.purposes import Category

Words = dict[str, str]


class FormState(Struct, frozen=True):
    """What the page shows of the person: the boxes that are ticked (see `form`), and whether a signal is honoured.

    `form` names this very form, so that a button pressed twice counts once; it is empty where nothing can be saved.
    """

    ticked: frozenset[str]
    gpc: bool = False
    form: str = ""
    saved: bool = False


def preferences_html(view: NoticeView, form_state: FormState) -> Html:
    """What stands on the page."""
    screen, fixed = view.notice.preferences, fixed_words(view)
    boxes = boxes_of(view, form_state.ticked, able=bool(form_state.form))
    top = [category for category in view.ruling.site.categories if not category.parent]
    own = [category_html(view, each, boxes, fixed) for each in top if not is_iab(each)]
    iab = [category_html(view, each, boxes, fixed) for each in top if is_iab(each)]
    framed = h("h2", {"lang": "en"}, FRAMEWORK) if iab else None
    body = join(h("h2", {}, fixed["categories"]), *own, framed, *iab, partners_html(view, boxes))
    return join(
        h("h1", marked(view.foreign(screen.title)), view.text(screen.title)),
        h("p", {"class": "note", "role": "status"}, fixed["saved"]) if form_state.saved else None,
        h(
            "div",
            marked(view.foreign(screen.description)),
            rich_html(rich(view.text(screen.description)), fixed["opens"]),
        ),
        policy_link(view, fixed),
        h("p", {"class": "note"}, fixed["gpc"]) if form_state.gpc else None,
        form(body, form_state, fixed) if form_state.form else join(h("p", {"class": "note"}, fixed["there"]), body),
    )


def is_iab(category: Category) -> bool:
    """Is it a purpose, a feature or a stack of the IAB's?"""
    return category.kind.value.startswith("IAB")


def form(body: Html, form_state: FormState, fixed: Words) -> Html:
    """The form; its buttons look alike and stand in the order of the browser's preference centre.

    The Enter key presses the first button: a hidden one, which keeps what is seen.
    """
    first = h(
        "button", {"name": "press", "value": "confirm", "class": "first", "tabindex": "-1", "aria-hidden": "true"}
    )
    buttons = join(
        h("button", {"name": "press", "value": "reject"}, fixed["reject"]),
        h("button", {"name": "press", "value": "accept"}, fixed["accept"]),
        h("button", {"name": "press", "value": "confirm"}, fixed["save"]),
    )
    hidden = join(
        h("input", {"type": "hidden", "name": "form", "value": form_state.form}),
        h("input", {"type": "hidden", "name": "was", "value": " ".join(sorted(form_state.ticked))}),
    )
    return h("form", {"method": "post"}, first, hidden, body, h("div", {"class": "buttons"}, buttons))


def policy_link(view: NoticeView, fixed: Words) -> Html | None:
    """Where the whole policy is, when the notice says so."""
    url = safe_address(view.text(view.notice.policy_url))
    text = view.text(view.notice.policy_text) or fixed["region"]
    return h("p", {}, h("a", link_to(url, fixed["opens"]), text)) if url else None


def category_html(view: NoticeView, category: Category, boxes: Boxes, fixed: Words) -> Html:
    """A category with its switch, its cookies, and those below it."""
    part = category_part(view, category)
    children = view.ruling.site.children.get(category.id, ())
    level = "h4" if category.parent else "h3"
    control = None if children else control_html(view, part, boxes, fixed)
    name = h("label", {"for": f"c-{category.id}"}, part["name"]) if is_switch(control) else part["name"]
    text = {"id": f"d-{category.id}", **marked(part.get("textLang"))}
    table = cookie_table(part.get("cookies", []), part["name"], fixed)
    return h(
        "section",
        {"class": "category", "data-optanongroupid": category.id},
        h("div", {"class": "row"}, h(level, {"id": f"n-{category.id}", **marked(part.get("nameLang"))}, name), control),
        h("div", text, rich_html(part["description"], fixed["opens"])),
        objection_html(view, category, boxes),
        h("details", {}, h("summary", {}, fixed["cookies"]), table) if table else None,
        *(category_html(view, child, boxes, fixed) for child in children),
    )


def is_switch(control: Html | None) -> bool:
    """Can the person decide this one?"""
    return control is not None and control.startswith("<input")


def control_html(view: NoticeView, part: dict[str, Any], boxes: Boxes, fixed: Words) -> Html | None:
    """The switch, or what stands in its place where there is nothing to decide; nothing where nothing can be saved."""
    id = part["id"]
    fixed_value = view.ruling.locked.get(id)
    if fixed_value is not None:
        return h("span", {"class": "state"}, fixed["always" if fixed_value else "off"])
    if not boxes.able:
        return None
    return h(
        "input",
        {
            "type": "checkbox",
            "role": "switch",
            "id": f"c-{id}",
            "name": "on",
            "value": id,
            "checked": CATEGORY + id in boxes.ticked,
            "aria-describedby": f"d-{id}",
        },
    )
