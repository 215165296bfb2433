"""A whole page around its content: head, style, languages, and the policy that lets nothing else in."""

import re
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final
from urllib.parse import urlencode, urlsplit

from placet.api.http.request import Header, Response
from placet.api.web.pages.html import Html, h, join
from placet.api.web.pages.words import PAGES
from placet.api.web.site_data import NoticeView, theme_part
from placet.api.web.words import nearest, words
from placet.formats.web_address import safe_address

HTML: Final[Header] = (b"content-type", b"text/html; charset=utf-8")
SAFE_VALUE: Final = re.compile(r"[\w#.%-]+")
"""What a value of a theme may be made of."""

HOST: Final = re.compile(r"[\w.-]+(:\d+)?", re.ASCII)


def fixed_words(view: NoticeView) -> dict[str, str]:
    """Our own words in the view's language, the pages' among them."""
    site = view.publication.site
    own = PAGES[nearest(view.language)]
    return words(view.notice, view.language, site.default_language) | own


def page(
    view: NoticeView, title: str, *content: Html | None, query: Mapping[str, str] | None = None
) -> tuple[Html, str]:
    """The page, and the hash of its style for the policy. `query` is what the links to other languages carry on."""
    css = style(view)
    logo, site_name = safe_address(view.notice.logo_url), h("bdi", {}, view.publication.site.name)
    body = h(
        "main",
        {"lang": view.language},
        h("header", {}, h("img", {"class": "logo", "src": logo, "alt": ""}) if logo else None, site_name),
        *content,
        language_links(view, query or {}),
    )
    head = join(
        h("meta", {"charset": "utf-8"}),
        h("meta", {"name": "viewport", "content": "width=device-width"}),
        h("meta", {"name": "robots", "content": "noindex"}),
        h("title", {}, f"{title} · {view.publication.site.name}"),
        Html(f"<style>{css}</style>"),
    )
    direction = "rtl" if view.right_to_left else "ltr"
    scheme = view.notice.scheme if view.notice.scheme in ("light", "dark") else None
    root = h(
        "html", {"lang": view.language, "dir": direction, "class": scheme}, h("head", {}, head), h("body", {}, body)
    )
    return Html(f"<!doctype html>{root}"), b64encode(sha256(css.encode()).digest()).decode()


def shown(view: NoticeView, page: tuple[Html, str], framed: bool, *more: Header, status: int = 200) -> Response:
    """The page as an answer: nothing may be loaded but the logo, nothing runs, nobody learns its address.

    `framed`: other pages may show it inside of theirs.
    """
    html, mark = page
    batches = "*" if framed else "'none'"
    policy = (
        f"default-src 'none'; style-src 'sha256-{mark}'; img-src {logo_origin(safe_address(view.notice.logo_url))}; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {batches}"
    )
    headers: tuple[Header, ...] = (
        HTML,
        (b"content-security-policy", policy.encode()),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
        (b"vary", b"accept-language"),
    )
    return Response(status, html.encode(), (*headers, *more))


def logo_origin(url: str) -> str:
    """Where the logo comes from, as a policy names it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if HOST.fullmatch(parts.netloc) else "'self'"


def style(view: NoticeView) -> str:
    """The style sheet, with the site's own colours and sizes."""
    theme = {name: value for name, value in theme_part(view.notice).items() if SAFE_VALUE.fullmatch(value)}
    own = "".join(f"--p-{name}:{value};" for name, value in theme.items())
    return sheet() + (f":root{{{own}}}" if own else "")


@cache
def sheet() -> str:
    """The style sheet that all pages share."""
    return files(__package__).joinpath("page.css").read_text()


def language_links(view: NoticeView, query: Mapping[str, str]) -> Html | None:
    """Where else this page can be read; nothing when there is one language only."""
    languages = view.publication.site.languages
    if len(languages) < 2:
        return None
    links = (
        h(
            "a",
            {
                "href": "?" + urlencode({**query, "lang": tag}),
                "hreflang": tag,
                "lang": tag,
                "aria-current": "true" if tag == view.language else None,
            },
            tag.upper(),
        )
        for tag in languages
    )
    return h("nav", {"aria-label": fixed_words(view)["language"]}, *links)


def wanted_language(query: Mapping[str, str], accepted: str) -> str:
    """The language a page was asked for: by its address, else the browser's first."""
    return query.get("lang", "") or accepted.partition(",")[0].partition(";")[0].strip()
