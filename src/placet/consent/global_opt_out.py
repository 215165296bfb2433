"""The global opt-out: a person gives an e-mail address, and is opted out wherever that address is known.

Nobody proves that the address is theirs, for the law asks for no proof (California Code of Regulations, title 11,
§7026(d)). So an unproven request can only make answers stricter: categories go off, in this device's
answers and in the profile of the person who later proves the address. No category goes on, nothing else changes, and
the response does not reveal whether the address is known.
"""

from enum import Enum, auto
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.choices.apply_interaction import StatedChoices
from placet.consent.context import Decision, InteractionInput, RequestContext
from placet.consent.decide import record_choice, write_receipt
from placet.consent.profile.person import Person
from placet.consent.profile.profile import Item, Profile, PurposeStatus, merge
from placet.consent.receipt import Receipt, ReceiptSignals
from placet.consent.rules.effective_rule import NO_CHOICES, EffectiveRule
from placet.formats.emails import is_email
from placet.formats.onetrust.consent_string import StoredOptOut
from placet.settings.interactions import GLOBAL_OPT_OUT
from placet.settings.notices import OptOutForm
from placet.settings.purposes import Category

IDENTIFIER_TYPE: Final = "Email"


class OptOut(Struct, frozen=True):
    """The request: the person's address, and the group ids to opt out of."""

    email: str
    categories: tuple[str, ...]


class Why(Enum):
    """Why an opt-out is refused."""

    NOT_CONFIGURED = auto()
    """Where the person is no notice has the form, or nothing on it could be kept."""
    DISABLED = auto()
    """The company has switched the form off."""
    UNFIT = auto()
    """The form is there, but cannot be filled in like this."""


class OptOutRefusal(Struct, frozen=True):
    """A refused opt-out: why, and what to do about it."""

    why: Why
    cure: str = ""


def form_of(rule: EffectiveRule) -> OptOutForm | None:
    """The form of the notice shown here. A rule that keeps no records could keep no opt-out either, so it has none."""
    notice = rule.site.notices.get(rule.rule.notice)
    return notice.global_opt_out if notice and rule.rule.records else None


def open_form(rule: EffectiveRule) -> OptOutForm | None:
    """The form as people may be shown it; None where none is, it is switched off, or nothing on it can be refused."""
    form = form_of(rule)
    return form if form and form.enabled and linked(rule) else None


def linked(rule: EffectiveRule) -> tuple[Category, ...]:
    """The form's categories that this site asks for and that can be refused here, in the form's order."""
    form, by_id = form_of(rule), rule.site.by_id
    ids = form.categories if form else ()
    return tuple(by_id[id] for id in dict.fromkeys(ids) if id in by_id and below(rule, id))


def below(rule: EffectiveRule, id: str) -> tuple[Category, ...]:
    """What is answered for a category: itself, or, for a parent, each of its children that is not locked."""
    return tuple(category for category in rule.askable if id in (category.id, category.parent))


def refused(rule: EffectiveRule, wanted: OptOut) -> OptOutRefusal | None:
    """Why this opt-out is refused here; None when it is accepted."""
    form, ids = form_of(rule), [category.id for category in linked(rule)]
    if form is None or not ids:
        return OptOutRefusal(Why.NOT_CONFIGURED)
    if not form.enabled:
        return OptOutRefusal(Why.DISABLED)
    if not is_email(wanted.email):
        return OptOutRefusal(Why.UNFIT, "identifier is no e-mail address: send one such as sam@example.org")
    if not wanted.categories or not set(wanted.categories).issubset(ids):
        fault = "names a category that is not linked" if wanted.categories else "is empty"
        return OptOutRefusal(Why.UNFIT, f"purposes {fault}: choose of {', '.join(ids)}")
    return None


def reached(rule: EffectiveRule, wanted: OptOut) -> tuple[Category, ...]:
    """Every category that goes off."""
    return tuple(category for id in wanted.categories for category in below(rule, id))


def opt_out_interaction(rule: EffectiveRule, wanted: OptOut) -> InteractionInput:
    """The opt-out as an interaction: all it covers is off, consent and legitimate interest, SDKs and general vendors.

    It lists SDKs and vendors that would follow anyway, so that the result is the same for people already opted out.
    """
    categories = reached(rule, wanted)
    groups = dict.fromkeys([category.id for category in categories], False)
    sdks = dict.fromkeys([sdk.id for category in categories for sdk in category.sdks], False)
    vendors = dict.fromkeys([vendor for category in categories for vendor in category.vendors], False)
    return InteractionInput(GLOBAL_OPT_OUT, StatedChoices(groups=groups, legitimate=groups, sdks=sdks, vendors=vendors))


def record_opt_out(
    context: RequestContext, wanted: OptOut, profile: Profile | None, receipt_id: str, pseudonym: str
) -> tuple[Decision, Receipt]:
    """The opt-out for the caller: their device's answers, their profile when they are proven, and their receipt.

    The device state stores it with its time, so that an older answer found at a later login does not undo it.
    """
    settled = record_choice(context, opt_out_interaction(context.ruling, wanted), profile, receipt_id, pseudonym)
    assert settled.receipt is not None, "a rule that keeps no records has no form"
    memory = settled.status.device_state
    marks = dict.fromkeys(wanted.categories, StoredOptOut(context.now, wanted.email))
    memory = replace(memory, opted_out=memory.opted_out | marks)
    return replace(settled, status=replace(settled.status, device_state=memory)), settled.receipt


def named_people(context: RequestContext, wanted: OptOut) -> tuple[Person, ...]:
    """Whom the address may prove to be at a login, but for the caller: as it was written, and in small letters.

    Which of the two a site's tokens say cannot be known, and a capital that a phone put in must not spoil an opt-out.
    """
    people = [Person(name, True, IDENTIFIER_TYPE) for name in dict.fromkeys((wanted.email, wanted.email.lower()))]
    caller = context.person.identifier if context.person.known else None
    return tuple(person for person in people if person.identifier != caller)


def refusals(rule: EffectiveRule, wanted: OptOut, profile: Profile, now: int) -> dict[str, Item]:
    """The opt-out as answers: consent, and legitimate interest where it weighs, none older than the answer it meets."""
    interest = rule.default_choices.legitimate
    keys = ["p:" + category.purpose_id for category in reached(rule, wanted)]
    keys += ["l:" + category.purpose_id for category in reached(rule, wanted) if category.id in interest]
    held = {key: profile.items[key].at for key in keys if key in profile.items}
    return {key: Item(PurposeStatus.OPT_OUT, max(now, held.get(key, 0))) for key in keys}


def opted_out(context: RequestContext, wanted: OptOut, profile: Profile) -> Profile:
    """A profile once its person has opted out: nothing in it is laxer than before, and no other answer changes.

    The date of the last choice stays, because no banner was answered; a hard opt-out is unchanged.
    """
    return merge(profile, Profile(items=refusals(context.ruling, wanted, profile, context.now)))


def named_receipt(context: RequestContext, wanted: OptOut, person: Person, receipt_id: str, pseudonym: str) -> Receipt:
    """The receipt in the records of the person named: the identifier is unproven, so the device is left out."""
    about = replace(context, person=person, signals=ReceiptSignals(), fetches=True)
    items = refusals(context.ruling, wanted, Profile(), context.now)
    interaction = opt_out_interaction(context.ruling, wanted)
    return replace(write_receipt(about, interaction, NO_CHOICES, items, receipt_id, pseudonym), anonymous=True)
