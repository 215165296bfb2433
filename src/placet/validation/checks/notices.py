"""Notices: buttons that leave a free choice, and words in every language."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from msgspec import structs

from placet.formats.languages import is_language
from placet.settings.interactions import INTERACTIONS
from placet.settings.notices import LAYOUTS, PREFERENCES_LAYOUTS, SCHEMES, Notice, Theme
from placet.settings.organisation import Organisation
from placet.settings.purposes import DISPLAYS, EXPIRES_FROM, Texts, UniversalPurpose
from placet.settings.regions import Model
from placet.validation.paths import Path, Remark, sites, texts, workspaces

COLOUR: Final = re.compile(r"#[0-9A-Fa-f]{6}")
BUTTONS: Final = ("accept", "reject", "manage", "confirm", "close")
LOOKS: Final = {"layout": LAYOUTS, "preferences_layout": PREFERENCES_LAYOUTS, "scheme": SCHEMES}


def shown_notices(organisation: Organisation) -> Iterator[tuple[Path, Notice, frozenset[Model]]]:
    """Every notice, with the models of the rules that show its banner."""
    for path, workspace in workspaces(organisation):
        for at, notice in enumerate(workspace.notices):
            every = [rule for rule_set in workspace.region_rules for rule in rule_set.rules]
            models = frozenset(rule.model for rule in every if notice.id in rule.notices and rule.show_banner)
            yield (*path, "notices", at), notice, models


def no_reject(organisation: Organisation) -> Iterator[Remark]:
    """Where consent is asked for, refusing is as near as accepting."""
    for path, notice, models in shown_notices(organisation):
        if Model.OPT_IN in models and notice.banner.reject is None:
            message = f"the banner of '{notice.id}' asks for consent but has no reject button"
            yield Remark((*path, "banner"), message, "add banner.reject; refusing must be as easy as accepting")


def unequal(organisation: Organisation) -> Iterator[Remark]:
    """Accept and reject look alike."""
    for path, notice, _ in shown_notices(organisation):
        for name in ("banner", "preferences"):
            screen = getattr(notice, name)
            if screen.accept and screen.reject and screen.accept.as_link != screen.reject.as_link:
                message = f"on the {name} of '{notice.id}' accept and reject are not equally prominent"
                yield Remark((*path, name, "reject"), message, "make both buttons, or both links")


def dead_ends(organisation: Organisation) -> Iterator[Remark]:
    """A banner can be answered, and a preference centre can be saved."""
    for path, notice, models in shown_notices(organisation):
        banner, preferences = notice.banner, notice.preferences
        if models and not (banner.accept or banner.reject or banner.manage or banner.close):
            message = f"the banner of '{notice.id}' has no button at all"
            yield Remark((*path, "banner"), message, "add accept, reject and manage")
        if not preferences.confirm:
            message = f"the preference centre of '{notice.id}' has no confirm button: nothing chosen can be saved"
            yield Remark((*path, "preferences"), message, "add preferences.confirm")


def unknown_presses(organisation: Organisation) -> Iterator[Remark]:
    """What a button posts instead of its usual press is one of the interaction types."""
    for path, notice, _ in shown_notices(organisation):
        for name in ("banner", "preferences"):
            screen = getattr(notice, name)
            for field in BUTTONS:
                button = getattr(screen, field)
                if button and button.does and button.does not in INTERACTIONS:
                    cure = f"choose of {', '.join(sorted(INTERACTIONS))}"
                    yield Remark((*path, name, field, "does"), f"there is no interaction '{button.does}'", cure)


def unknown_looks(organisation: Organisation) -> Iterator[Remark]:
    """Layouts and colour schemes are some that there are."""
    for path, notice, _ in shown_notices(organisation):
        for name, known in LOOKS.items():
            if (value := getattr(notice, name)) not in known:
                yield Remark((*path, name), f"there is no {name} '{value}'", choose(value, known))


def choose(value: str, known: Sequence[str]) -> str:
    """What to write instead of a word that is none of those known."""
    lookup = {each.casefold(): each for each in known}
    close = get_close_matches(value.casefold(), lookup, 1)
    hint = f"did you mean '{lookup[close[0]]}'? " if close else ""
    return f"{hint}choose of {', '.join(known)}"


def bad_colours(organisation: Organisation) -> Iterator[Remark]:
    """Colours are `#RRGGBB`."""
    colours = [field.name for field in structs.fields(Theme) if isinstance(field.default, str)]
    for path, notice, _ in shown_notices(organisation):
        for name in colours:
            colour = getattr(notice.theme, name)
            if not COLOUR.fullmatch(colour):
                yield Remark((*path, "theme", name), f"'{colour}' is not a colour", 'write "#1F4FD8", in quotes')


def own_texts(organisation: Organisation) -> Iterator[tuple[Path, Texts, bool, tuple[str, ...]]]:
    """Every text, whether one must be there, and the languages it should be in."""
    all_languages = tuple(dict.fromkeys(tag for _, w in workspaces(organisation) for tag in w.languages))
    for at, purpose in enumerate(organisation.purposes):
        for path, words, required in texts(purpose, ("purposes", at)):
            yield path, words, required, all_languages
    for base, workspace in workspaces(organisation):
        for path, words, required in texts(workspace, base):
            yield path, words, required, workspace.languages


def missing_texts(organisation: Organisation) -> Iterator[Remark]:
    """What people must be able to read is there in some language."""
    for path, words, required, _ in own_texts(organisation):
        if required and not any(word.strip() for word in words.values()):
            yield Remark(path, f"'{path[-1]}' has no text", "write it in every language of the workspace")


def untranslated(organisation: Organisation) -> Iterator[Remark]:
    """A text is there in every language of its workspace; the organisation's own in those of all."""
    for path, words, _, languages in own_texts(organisation):
        missing = [tag for tag in languages if not words.get(tag, "").strip()]
        if words and missing and any(word.strip() for word in words.values()):
            what = f"'{path[-1]}' is not translated to {', '.join(missing)}"
            yield Remark(path, what, "translate it, or people read it in the default language")


def unpublished_texts(organisation: Organisation) -> Iterator[Remark]:
    """A text is in no language that its workspace does not publish."""
    for path, words, _, languages in own_texts(organisation):
        for tag in words:
            if tag not in languages:
                message = f"the text in '{tag}' is never shown: that is no language of the workspace"
                yield Remark((*path, tag), message, "add it to languages, or take the text out")


def bad_languages(organisation: Organisation) -> Iterator[Remark]:
    """Language tags are well formed, and a workspace has at least one."""
    if not is_language(organisation.language):
        yield bad_tag(("language",), organisation.language)
    for path, workspace in workspaces(organisation):
        if not workspace.languages:
            message = f"the workspace '{workspace.id}' has no language"
            yield Remark((*path, "languages"), message, "name at least one; the first is the default")
        for at, tag in enumerate(workspace.languages):
            if not is_language(tag):
                yield bad_tag((*path, "languages", at), tag)


def bad_tag(path: Path, tag: str) -> Remark:
    """What to say of something that is no language tag."""
    return Remark(path, f"'{tag}' is not a language tag", "write de, pt-BR or zh-Hant (BCP 47)")


def languages_twice(organisation: Organisation) -> Iterator[Remark]:
    """A language is listed once."""
    for path, workspace in workspaces(organisation):
        for at, tag in enumerate(workspace.languages):
            if tag in workspace.languages[:at]:
                yield Remark((*path, "languages", at), f"'{tag}' is listed twice", "keep one of the two")


def unknown_site_languages(organisation: Organisation) -> Iterator[Remark]:
    """A site publishes languages its workspace is written in."""
    for path, workspace, site in sites(organisation):
        for at, tag in enumerate(site.languages):
            if tag not in workspace.languages:
                message = f"the workspace '{workspace.id}' has no texts in '{tag}'"
                yield Remark((*path, "languages", at), message, f"choose of {', '.join(workspace.languages)}")


def bad_universal(organisation: Organisation) -> Iterator[Remark]:
    """Universal-consent purposes count from version 1, last no negative time, expire and are shown in a known way."""
    for path, workspace in workspaces(organisation):
        for at, purpose in enumerate(workspace.universal):
            here = (*path, "universal", at)
            if purpose.version < 1:
                yield Remark((*here, "version"), "a version counts from 1", "write 1, and raise it with the meaning")
            if purpose.life_days < 0:
                yield Remark((*here, "life_days"), "life_days is negative", "write 0 for ever, else a number of days")
            if purpose.expires_from not in EXPIRES_FROM:
                message = f"consent cannot expire from '{purpose.expires_from}'"
                yield Remark((*here, "expires_from"), message, f"choose of {', '.join(EXPIRES_FROM)}")
            yield from unknown_displays(here, purpose)


def unknown_displays(path: Path, purpose: UniversalPurpose) -> Iterator[Remark]:
    """Custom preferences are shown in a way that clients know."""
    for at, preference in enumerate(purpose.preferences):
        if preference.display_as not in DISPLAYS:
            message = f"there is no display_as '{preference.display_as}'"
            yield Remark((*path, "preferences", at, "display_as"), message, choose(preference.display_as, DISPLAYS))
