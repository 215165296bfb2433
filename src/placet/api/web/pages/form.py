"""What a form of the preferences page was drawn with, and what it says when it comes back.

A box names what it stands for by a letter and an id. Of partners, and of objections, only what was changed is said:
whoever was singled out by nobody goes on following the purposes (consent/choices/vendor_choices.py).
"""

from collections.abc import Set as AbstractSet
from typing import Final

from placet.api.web.site_data import NoticeView
from placet.consent.choices.apply_interaction import StatedChoices
from placet.consent.context import ConsentStatus, InteractionInput
from placet.consent.rules.effective_rule import EffectiveRule
from placet.formats.ids import NONE
from placet.settings.interactions import INTERACTIONS

Form = dict[str, list[str]]

BUTTONS: Final = {
    "accept": "PREFERENCE_CENTER_ALLOW_ALL",
    "reject": "PREFERENCE_CENTER_REJECT_ALL",
    "confirm": "PREFERENCE_CENTER_CONFIRM",
}
"""What the form's buttons are pressed as; anything else is a confirmation."""

CATEGORY: Final = "c"
CONSENT, GOOGLE, GENERAL = "v", "g", "k"
OBJECTION, PURPOSE_OBJECTION = "o", "l"
AGREED: Final = {CONSENT: "iab_vendors", GOOGLE: "google_vendors", GENERAL: "vendors"}
OBJECTED: Final = {OBJECTION: "iab_vendors_legitimate", PURPOSE_OBJECTION: "legitimate"}


def ticked_boxes(view: NoticeView, stand: ConsentStatus) -> frozenset[str]:
    """The boxes that are ticked for somebody who stands there."""
    choices, framework = stand.choices, view.ruling.framework
    ticked = {CATEGORY + id for id, on in choices.groups.items() if on}
    ticked |= {GENERAL + id for id, on in choices.vendors.items() if on}
    if framework is not None:
        said = stand.strings.value
        consents, interests = (said.vendor_consents, said.vendor_interests) if said else (NONE, NONE)
        claiming = framework.claiming & framework.disclosed(view.now)
        ticked |= {PURPOSE_OBJECTION + id for id, stands in choices.legitimate.items() if not stands}
        ticked |= {f"{CONSENT}{id}" for id in consents & framework.disclosed(view.now)}
        ticked |= {f"{OBJECTION}{id}" for id in claiming - interests}
        ticked |= {f"{GOOGLE}{id}" for id in stand.strings.google & framework.google}
    return frozenset(ticked)


def interaction_of(view: NoticeView, form: Form) -> InteractionInput:
    """The pressed button, and what the boxes of the page said."""
    button = BUTTONS.get(form.get("press", [""])[0], BUTTONS["confirm"])
    return InteractionInput(INTERACTIONS[button], stated(view.ruling, form), data={"page": "preferences"})


def stated(rule: EffectiveRule, form: Form) -> StatedChoices:
    """Every category as it was left; of partners and objections what was changed."""
    site, locked = rule.site, rule.locked
    on = frozenset(form.get("on", ()))
    asked = [one.id for one in site.categories if one.id not in locked and one.id not in site.children]
    groups = {id: id in on for id in asked}
    if "was" not in form:
        return StatedChoices(groups)
    was = frozenset(form["was"][0].split())
    ticked = frozenset(form.get("box", ()))
    changed = {box for box in ticked ^ was if not box.startswith(CATEGORY)}
    said = {
        name: {box[1:]: (box in ticked) is agreed for box in changed if box[0] == kind}
        for kinds, agreed in ((AGREED, True), (OBJECTED, False))
        for kind, name in kinds.items()
    }
    said["vendors"] = as_before(rule, was, on) | said["vendors"]
    return StatedChoices(groups, **said)


def as_before(rule: EffectiveRule, was: AbstractSet[str], on: AbstractSet[str]) -> dict[str, bool]:
    """General vendors whose categories are as they were: these stay as they were, too, by themselves."""
    return {
        vendor: GENERAL + vendor in was
        for vendor, groups in rule.vendor_groups.items()
        if all((CATEGORY + id in was) == (id in on) for id in groups if id not in rule.locked)
    }
