"""Text with markup becomes parts that no browser has to parse, and nothing dangerous survives."""

import pytest

from placet.api.web.rich_text import plain, rich


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("Plain words.", ["Plain words."]),
        ("Fish &amp; chips", ["Fish & chips"]),
        ("a <b>bold</b> word", ["a ", {"tag": "b", "parts": ["bold"]}, " word"]),
        ('<a href="/p?x=1">here</a>', [{"tag": "a", "parts": ["here"], "href": "/p?x=1"}]),
        ("one<br>two", ["one", {"tag": "br", "parts": []}, "two"]),
        ("<p>a<p>b</p>!", [{"tag": "p", "parts": ["a"]}, {"tag": "p", "parts": ["b"]}, "!"]),
        ("<ul><li>a</ul>!", [{"tag": "ul", "parts": [{"tag": "li", "parts": ["a"]}]}, "!"]),
        ("<div class=x>text</div>", ["text"]),
        ("</b>closed but never opened", ["closed but never opened"]),
    ],
)  # fmt: skip
def test_markup_is_taken_apart(text, parts):
    assert rich(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "<style>*{display:none}</style>",
        '<iframe src="https://evil.example">x</iframe>',
    ],
)
def test_what_could_run_leaves_nothing(text):
    assert rich(text) == []


@pytest.mark.parametrize("href", ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "data:text/html,x", ""])
def test_a_link_to_no_safe_address_is_only_text(href):
    assert rich(f'<a href="{href}" onclick="x()">here</a>') == [{"tag": "a", "parts": ["here"]}]


def test_words_remain_without_the_markup():
    assert plain(rich('See <a href="/p">our <b>policy</b></a>.')) == "See our policy."
