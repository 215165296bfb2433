"""The global opt-out: a person gives an e-mail address, and is opted out wherever that address is known.

Nobody proves that the address is theirs, for the law asks for no proof (California Code of Regulations, title 11,
§7026(d)). So what is taken at a stranger's word can only make things stricter: categories go off, in this device's
answers and in the profile of whoever proves the address one day; nothing goes on, nothing else changes, and whether
the address is known to anybody is not told.
"""

from enum import Enum, auto
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from placet.consent.call import Call, Press, Settled
from placet.consent.choices import NO_CHOICES, Ruling
from placet.consent.interactions import GLOBAL_OPT_OUT
from placet.consent.notices import OptOutForm
from placet.consent.person import Person
from placet.consent.press import Stated
from placet.consent.profile import Item, Profile, Standing, merge
from placet.consent.purposes import Category
from placet.consent.receipt import Receipt, Signals
from placet.consent.settle import settle, write_receipt
from placet.formats.emails import is_email
from placet.formats.sealed import OptedOut

IDENTIFIER_TYPE: Final = "Email"


class OptOut(Struct, frozen=True):
    """What is asked for: whose address, and the group ids to opt out of."""

    email: str
    categories: tuple[str, ...]


class Why(Enum):
    """Why an opt-out is not taken."""

    NOT_CONFIGURED = auto()
    """Where the person is no notice has the form, or nothing on it could be kept."""
    DISABLED = auto()
    """The company has switched the form off."""
    UNFIT = auto()
    """The form is there, but cannot be filled in like this."""


class Refusal(Struct, frozen=True):
    """An opt-out that is not taken: why, and what to do about it."""

    why: Why
    cure: str = ""


def form_of(ruling: Ruling) -> OptOutForm | None:
    """The form of the notice shown here. A rule that keeps no records could keep no opt-out either, so it has none."""
    notice = ruling.site.notices.get(ruling.rule.notice)
    return notice.global_opt_out if notice and ruling.rule.records else None


def open_form(ruling: Ruling) -> OptOutForm | None:
    """The form as people may be shown it; None where none is, it is switched off, or nothing on it can be refused."""
    form = form_of(ruling)
    return form if form and form.enabled and linked(ruling) else None


def linked(ruling: Ruling) -> tuple[Category, ...]:
    """The form's categories that this site asks for and that can be refused here, in the form's order."""
    form, by_id = form_of(ruling), ruling.site.by_id
    ids = form.categories if form else ()
    return tuple(by_id[id] for id in dict.fromkeys(ids) if id in by_id and below(ruling, id))


def below(ruling: Ruling, id: str) -> tuple[Category, ...]:
    """What is answered for a category: itself, or, for a parent, each of its children that is not locked."""
    return tuple(category for category in ruling.askable if id in (category.id, category.parent))


def refused(ruling: Ruling, wanted: OptOut) -> Refusal | None:
    """Why this opt-out cannot be taken here; None when it can."""
    form, ids = form_of(ruling), [category.id for category in linked(ruling)]
    if form is None or not ids:
        return Refusal(Why.NOT_CONFIGURED)
    if not form.enabled:
        return Refusal(Why.DISABLED)
    if not is_email(wanted.email):
        return Refusal(Why.UNFIT, "identifier is no e-mail address: send one such as sam@example.org")
    if not wanted.categories or not set(wanted.categories).issubset(ids):
        fault = "names a category that is not linked" if wanted.categories else "is empty"
        return Refusal(Why.UNFIT, f"purposes {fault}: choose of {', '.join(ids)}")
    return None


def reached(ruling: Ruling, wanted: OptOut) -> tuple[Category, ...]:
    """Every category that goes off."""
    return tuple(category for id in wanted.categories for category in below(ruling, id))


def opt_out_press(ruling: Ruling, wanted: OptOut) -> Press:
    """The opt-out as a press: all that it reaches is off, consent and legitimate interest, SDKs and general vendors.

    It names the SDKs and vendors that would follow anyway, so that it says the same to whoever is opted out already.
    """
    categories = reached(ruling, wanted)
    groups = dict.fromkeys([category.id for category in categories], False)
    sdks = dict.fromkeys([sdk.id for category in categories for sdk in category.sdks], False)
    vendors = dict.fromkeys([vendor for category in categories for vendor in category.vendors], False)
    return Press(GLOBAL_OPT_OUT, Stated(groups=groups, legitimate=groups, sdks=sdks, vendors=vendors))


def settle_opt_out(
    call: Call, wanted: OptOut, profile: Profile | None, receipt_id: str, pseudonym: str
) -> tuple[Settled, Receipt]:
    """The opt-out for whoever asks: their device's answers, their profile when they are proven, and their receipt.

    The device remembers it with its moment, so that an older answer it finds at a later login does not undo it.
    """
    settled = settle(call, opt_out_press(call.ruling, wanted), profile, receipt_id, pseudonym)
    assert settled.receipt is not None, "a rule that keeps no records has no form"
    memory = settled.standpoint.memory
    marks = dict.fromkeys(wanted.categories, OptedOut(call.now, wanted.email))
    memory = replace(memory, opted_out=memory.opted_out | marks)
    return replace(settled, standpoint=replace(settled.standpoint, memory=memory)), settled.receipt


def named_people(call: Call, wanted: OptOut) -> tuple[Person, ...]:
    """Whom the address may prove to be at a login, but for the caller: as it was written, and in small letters.

    Which of the two a site's tokens say cannot be known, and a capital that a phone put in must not spoil an opt-out.
    """
    people = [Person(name, True, IDENTIFIER_TYPE) for name in dict.fromkeys((wanted.email, wanted.email.lower()))]
    caller = call.person.identifier if call.person.known else None
    return tuple(person for person in people if person.identifier != caller)


def refusals(ruling: Ruling, wanted: OptOut, profile: Profile, now: int) -> dict[str, Item]:
    """The opt-out as answers: consent, and legitimate interest where it weighs, none older than the answer it meets."""
    interest = ruling.default_choices.legitimate
    keys = ["p:" + category.purpose_id for category in reached(ruling, wanted)]
    keys += ["l:" + category.purpose_id for category in reached(ruling, wanted) if category.id in interest]
    held = {key: profile.items[key].at for key in keys if key in profile.items}
    return {key: Item(Standing.OPT_OUT, max(now, held.get(key, 0))) for key in keys}


def opted_out(call: Call, wanted: OptOut, profile: Profile) -> Profile:
    """A profile once its person has opted out: nothing in it is laxer than before, and no other answer changes.

    The date of the last choice stays, for nobody answered a banner; a hard opt-out stays what it is.
    """
    return merge(profile, Profile(items=refusals(call.ruling, wanted, profile, call.now)))


def named_receipt(call: Call, wanted: OptOut, person: Person, receipt_id: str, pseudonym: str) -> Receipt:
    """The receipt in the records of the person named: nobody proved the name, and of the device it says nothing."""
    about = replace(call, person=person, signals=Signals(), fetches=True)
    items = refusals(call.ruling, wanted, Profile(), call.now)
    press = opt_out_press(call.ruling, wanted)
    return replace(write_receipt(about, press, NO_CHOICES, items, receipt_id, pseudonym), anonymous=True)
