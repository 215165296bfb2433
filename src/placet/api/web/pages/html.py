"""Elements as text: whatever is not markup already is escaped."""

from collections.abc import Mapping
from html import escape
from typing import Final

from placet.api.web.rich_text import Rich

VOID: Final = frozenset({"input", "img", "meta", "br", "link"})
Value = str | bool | None


class Html(str):
    """Text that is markup."""

    __slots__ = ()


def h(tag: str, attributes: Mapping[str, Value] | None = None, *children: "str | Html | None") -> Html:
    """An element; attributes that are None or False are left out, True ones have no value; None is no child."""
    written = "".join(attribute(name, value) for name, value in (attributes or {}).items())
    inside = join(*children)
    return Html(f"<{tag}{written}>" if tag in VOID else f"<{tag}{written}>{inside}</{tag}>")


def attribute(name: str, value: Value) -> str:
    """One attribute with the space before it."""
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def join(*children: "str | Html | None") -> Html:
    """Several nodes, one after the other."""
    return Html("".join(child if isinstance(child, Html) else escape(child) for child in children if child))


def rich_html(parts: Rich, opens: str) -> Html:
    """Text with links and emphasis; a link to another site says nothing of where it came from."""
    return join(*(part if isinstance(part, str) else rich_element(part, opens) for part in parts))


def rich_element(part: dict[str, object], opens: str) -> Html:
    """One element of rich text."""
    href, inner = part.get("href"), part["parts"]
    assert isinstance(inner, list)
    attributes = link_to(str(href), opens) if href is not None else {}
    return h(str(part["tag"]), attributes, rich_html(inner, opens))


def link_to(href: str, opens: str) -> dict[str, Value]:
    """What a link beside this page carries."""
    return {"href": href, "target": "_blank", "rel": "noopener noreferrer", "aria-description": opens}


def marked(language: str | None) -> dict[str, str]:
    """The attributes of a text in another language than the page's: it also runs in its own direction."""
    return {"lang": language, "dir": "auto"} if language else {}
