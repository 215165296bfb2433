"""The global opt-out's form as the CMP dialect tells it, and what comes back filled in (cmp-api.md §5, §11)."""

from typing import Final

import msgspec
from msgspec import Struct

from placet.consent.choices import Ruling
from placet.consent.global_opt_out import OptOut, Refusal, Why, linked, open_form
from placet.faces.cmp.labels import Words
from placet.faces.cmp.parts import Json
from placet.faces.cmp.problems import Code, Mistake

CODES: Final = {Why.NOT_CONFIGURED: Code.NO_OPT_OUT, Why.DISABLED: Code.OPT_OUT_OFF, Why.UNFIT: Code.OPT_OUT}
"""What a client is told when an opt-out is not taken."""


class GlobalOptOut(Struct):
    """The `globalOptOut` object."""

    identifier: str = ""
    purposes: list[str] = []


class OptOutBody(Struct, rename="camel"):
    """The whole body of an opt-out."""

    global_opt_out: GlobalOptOut


_decoder: Final = msgspec.json.Decoder(OptOutBody)


def read_opt_out(body: bytes) -> OptOut:
    """What is asked for; whether it can be taken is not decided here. Raises Mistake: no JSON, or a wrong type."""
    try:
        said = _decoder.decode(body).global_opt_out
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
        raise Mistake(Code.BODY, f"({why})") from why
    return OptOut(said.identifier.strip(), tuple(dict.fromkeys(said.purposes)))


def mistake(refusal: Refusal) -> Mistake:
    """A refusal as an error of this dialect."""
    return Mistake(CODES[refusal.why], f"({refusal.cure})" if refusal.cure else "")


def form_part(ruling: Ruling, words: Words) -> Json:
    """`globalOptOutData`: the categories and the words of the form; empty where there is none to show."""
    form = open_form(ruling)
    if form is None:
        return {}
    return {
        "linkedCategories": [{"id": each.id, "groupName": words.say(each.name)} for each in linked(ruling)],
        "communicationMedium": "EMAIL",
        "mobileSectionHeader": words.say(form.header),
        "instructionalMessage": words.say(form.instruction),
        "emailFieldPlaceholderText": words.say(form.placeholder),
        "submitButtonText": words.say(form.submit),
        "cancelButtonText": words.say(form.cancel),
        "closeButtonText": words.say(form.close),
        "confirmationMessage": words.say(form.confirmation),
        "inputValidationError": words.say(form.invalid),
        "submissionError": words.say(form.failed),
        "knownUserError": words.say(form.known),
    }
