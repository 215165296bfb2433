"""Text with links and emphasis, taken apart here so that no browser has to parse it as HTML."""

from html.parser import HTMLParser
from typing import Any, Final, TypeAlias

Part: TypeAlias = str | dict[str, Any]
Rich: TypeAlias = list[Part]

TAGS: Final = frozenset({"a", "b", "strong", "i", "em", "u", "p", "br", "ul", "ol", "li"})
"""What stays of an author's markup; everything else leaves only its text."""

SILENT: Final = frozenset({"script", "style", "template", "iframe", "object"})
"""What is left out with its content."""

EMPTY: Final = frozenset({"br"})
CLOSED_BY_THEIR_LIKE: Final = frozenset({"li", "p"})
"""A second one ends the first, as in HTML."""

SAFE_STARTS: Final = ("https://", "http://", "mailto:", "tel:", "/", "#", "?", "./")


def rich(text: str) -> Rich:
    """The text's parts: plain strings, and `{tag, parts}` with an `href` for links to safe addresses."""
    if "<" not in text and "&" not in text:
        return [text] if text else []
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.root


def plain(parts: Rich) -> str:
    """The same without its markup."""
    return "".join(part if isinstance(part, str) else plain(part["parts"]) for part in parts)


class _Reader(HTMLParser):
    """Builds the parts; a tag that is closed without having been opened is passed over."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root: Rich = []
        self._open: list[tuple[str, Rich]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent += 1
        if self._silent or tag not in TAGS:
            return
        if tag in CLOSED_BY_THEIR_LIKE and self._open and self._open[-1][0] == tag:
            self._open.pop()
        part: dict[str, Any] = {"tag": tag, "parts": []}
        href = (dict(attrs).get("href") or "").strip()
        if tag == "a" and href.lower().startswith(SAFE_STARTS):
            part["href"] = href
        self._here.append(part)
        if tag not in EMPTY:
            self._open.append((tag, part["parts"]))

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self._silent = max(self._silent - 1, 0)
        names = [name for name, _ in self._open]
        if tag in names:
            del self._open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if data and not self._silent:
            self._here.append(data)

    @property
    def _here(self) -> Rich:
        return self._open[-1][1] if self._open else self.root
