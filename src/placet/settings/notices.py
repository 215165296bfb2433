"""The texts and layout shown to a person, in several languages."""

from typing import Annotated, Any, Final, TypeAlias

from msgspec import Meta, Struct

from placet.formats.web_address import ADDRESS
from placet.settings.interactions import INTERACTIONS
from placet.settings.purposes import Texts

LAYOUTS: Final = ("bottom", "top", "corner", "center", "centre", "full", "choices")
PREFERENCES_LAYOUTS: Final = ("center", "list", "panel", "popup", "tab")
SCHEMES: Final = ("auto", "light", "dark")
COLOUR: Final = "^#[0-9A-Fa-f]{6}$"
"""What a colour looks like, as JSON Schema says it."""

Colour: TypeAlias = Annotated[str, Meta(extra_json_schema={"pattern": COLOUR})]


class Button(Struct, frozen=True, forbid_unknown_fields=True):
    """A button: its text, its place in the row (from 0), and what pressing it means.

    `does` overrides the interaction type a client posts back, so that "close" may mean "reject"; empty
    keeps the usual one.
    """

    text: Texts
    position: int = 0
    as_link: bool = False
    does: Annotated[str, Meta(extra_json_schema={"enum": ("", *INTERACTIONS)})] = ""


class Screen(Struct, frozen=True, forbid_unknown_fields=True):
    """One screen's words and buttons; a button that is left out is not shown."""

    title: Texts
    description: Texts
    accept: Button | None = None
    reject: Button | None = None
    manage: Button | None = None
    confirm: Button | None = None
    close: Button | None = None


class Theme(Struct, frozen=True, forbid_unknown_fields=True):
    """Colours (`#RRGGBB`), with their dark twins, sizes in points and corner radius in pixels."""

    background: Colour = "#FFFFFF"
    background_dark: Colour = "#16181D"
    text: Colour = "#1B1D22"
    text_dark: Colour = "#F2F3F5"
    button: Colour = "#1F4FD8"
    button_dark: Colour = "#9DB7FF"
    button_text: Colour = "#FFFFFF"
    button_text_dark: Colour = "#10131A"
    line: Colour = "#D5D8DE"
    line_dark: Colour = "#3A3F4B"
    font_size: int = 16
    radius: int = 6


class Prompt(Struct, frozen=True, forbid_unknown_fields=True):
    """A question asked before or after a platform's own prompt (age gate, tracking permission)."""

    title: Texts
    description: Texts
    primary: Texts
    secondary: Texts
    logo_url: Annotated[str, Meta(extra_json_schema={"pattern": ADDRESS})] = ""


class OptOutForm(Struct, frozen=True, forbid_unknown_fields=True):
    """The form by which a person opts out everywhere, by their e-mail address (cmp-api.md §5, `globalOptOutData`).

    `categories` are the group ids they can opt out of. `invalid` is said of an address that is none, `failed` when the
    request did not get through, `known` to somebody the site knows already. A form that is not `enabled` is not shown.
    """

    categories: tuple[str, ...]
    header: Texts
    instruction: Texts
    placeholder: Texts
    submit: Texts
    cancel: Texts
    close: Texts
    confirmation: Texts
    invalid: Texts
    failed: Texts
    known: Texts = {}
    enabled: bool = True


class Notice(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person is shown: banner, preference centre and the words around them.

    `layout` says where a web page's banner stands: `bottom`, `top`, `corner`, `center`, or `choices` (at the bottom,
    with a switch for each category); `preferences_layout` how its preference centre looks: `center`, `list`, `panel`,
    `popup` or `tab`. `scheme` says which colours a web page shows: `auto` (as the visitor's system prefers), `light` or
    `dark`.
    `settings_button`: once answered, a web page keeps a small button that opens the preference centre again.
    `labels` overrides single fixed strings by their name in the CMP dialect (`onSwitchButton`, …).
    """

    id: str
    banner: Screen
    preferences: Screen
    layout: Annotated[str, Meta(extra_json_schema={"enum": LAYOUTS})] = "bottom"
    preferences_layout: Annotated[str, Meta(extra_json_schema={"enum": PREFERENCES_LAYOUTS})] = "center"
    theme: Theme = Theme()
    logo_url: Annotated[str, Meta(extra_json_schema={"pattern": ADDRESS})] = ""
    policy_url: Texts = {}
    policy_text: Texts = {}
    labels: dict[str, Texts] = {}
    age_gate: Prompt | None = None
    att_before: Prompt | None = None
    att_after: Prompt | None = None
    global_opt_out: OptOutForm | None = None
    universal_title: Texts = {}
    universal_description: Texts = {}
    settings_button: bool = True
    scheme: Annotated[str, Meta(extra_json_schema={"enum": SCHEMES})] = "auto"
    extra: dict[str, Any] = {}
