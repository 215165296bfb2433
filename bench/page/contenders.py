"""The banners that are compared: what their pages load, where the banner is, and what accepts everything."""

from typing import Final

from msgspec import Struct

from tests.browser.sample_shop import APP

WORDS: Final = "".join(
    f"<p>Paragraph {n}. A tent is a shelter of fabric, held up by poles or rope.</p>" for n in range(40)
)


class Contender(Struct, frozen=True):
    """One banner. `banner` and `accept` are selectors; a page without a banner has neither."""

    name: str
    head: str = ""
    banner: str = ""
    accept: str = ""

    def page(self, consent: str) -> str:
        """The shop's page with it; `consent` is the address of placet."""
        head = self.head.replace("{consent}", consent)
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>'
            f'<meta name="viewport" content="width=device-width">{head}</head>'
            f'<body><div id="app"></div><main><h1>Tents</h1>{WORDS}</main></body></html>'
        )


def bundled(name: str) -> str:
    """The tags of a bundle."""
    return f'<link rel="stylesheet" href="/peers/{name}.css"><script defer src="/peers/{name}.js"></script>'


STUB: Final = '<script src="{consent}/scripttemplates/otSDKStub.js" data-domain-script="%s"%s></script>'
QUICK_TAG: Final = ' async crossorigin="anonymous" fetchpriority="high"'
"""What docs/tutorial/first-banner.md has the tag of a new site say."""

PACKAGE: Final = '<script defer src="/peers/placet.js" data-base="{consent}" data-site="%s"></script>'
NOTHING: Final = Contender("nothing")


def ours(name: str, head: str) -> Contender:
    """Our banner, brought into the page in one way or another."""
    return Contender(name, head, "#onetrust-banner-sdk", "#onetrust-accept-btn-handler")


OURS: Final = (
    ours("placet", STUB % (APP["bottom"], QUICK_TAG)),
    ours("placet, tag as of OneTrust", STUB % (APP["bottom"], "")),
    ours("placet, npm package", PACKAGE % APP["bottom"]),
)
OTHERS: Final = (
    Contender("vanilla-cookieconsent", bundled("vanilla"), "#cc-main .cm", "#cc-main .cm [data-role=all]"),
    Contender("klaro", bundled("klaro"), ".klaro .cookie-notice", ".klaro .cookie-notice .cm-btn-success"),
    Contender(
        "@c15t/react",
        bundled("c15t"),
        "[data-testid=consent-banner-card]",
        "[data-testid=consent-banner-accept-button]",
    ),
)
CONTENDERS: Final = (*OURS, *OTHERS, NOTHING)
