"""The global opt-out's form as the CMP dialect tells it, and what comes back filled in (cmp-api.md §5, §11)."""

from typing import Final

import msgspec
from msgspec import Struct

from placet.api.cmp.errors import ErrorCode, Mistake
from placet.api.cmp.labels import NoticeTexts
from placet.api.cmp.style_parts import Json
from placet.consent.global_opt_out import OptOut, OptOutRefusal, Why, linked, open_form
from placet.consent.rules.effective_rule import EffectiveRule

CODES: Final = {
    Why.NOT_CONFIGURED: ErrorCode.NO_OPT_OUT,
    Why.DISABLED: ErrorCode.OPT_OUT_OFF,
    Why.UNFIT: ErrorCode.OPT_OUT,
}
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
        raise Mistake(ErrorCode.BODY, f"({why})") from why
    return OptOut(said.identifier.strip(), tuple(dict.fromkeys(said.purposes)))


def mistake(refusal: OptOutRefusal) -> Mistake:
    """A refusal as an error of this dialect."""
    return Mistake(CODES[refusal.why], f"({refusal.cure})" if refusal.cure else "")


def form_part(rule: EffectiveRule, words: NoticeTexts) -> Json:
    """`globalOptOutData`: the categories and the words of the form; empty where there is none to show."""
    form = open_form(rule)
    if form is None:
        return {}
    return {
        "linkedCategories": [{"id": each.id, "groupName": words.text(each.name)} for each in linked(rule)],
        "communicationMedium": "EMAIL",
        "mobileSectionHeader": words.text(form.header),
        "instructionalMessage": words.text(form.instruction),
        "emailFieldPlaceholderText": words.text(form.placeholder),
        "submitButtonText": words.text(form.submit),
        "cancelButtonText": words.text(form.cancel),
        "closeButtonText": words.text(form.close),
        "confirmationMessage": words.text(form.confirmation),
        "inputValidationError": words.text(form.invalid),
        "submissionError": words.text(form.failed),
        "knownUserError": words.text(form.known),
    }
