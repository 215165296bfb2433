"""GPP strings and US Privacy strings in plain words."""

import re
from collections.abc import Iterator
from datetime import datetime

from placet.formats.explain.explanation import ExplainedLine, Explanation, Part, part, problem, some_of
from placet.formats.explain.tcf import explain_tc
from placet.formats.gpp import usp
from placet.formats.gpp.canada import CanadianConsent
from placet.formats.gpp.gpp import Gpp, Section
from placet.formats.gpp.labels import items, meanings
from placet.formats.gpp.us_layouts import US_SECTIONS
from placet.formats.gpp.us_section import UsChoices, problems
from placet.formats.gpp.usp import UsPrivacy
from placet.formats.lists.cmps import CmpList
from placet.formats.lists.gvl import VendorList
from placet.formats.tcf.tcf import TcString
from placet.formats.tcf.validity import TcProblem

_WORDS = re.compile("[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def explain_gpp(gpp: Gpp, now: datetime, vendors: VendorList, cmps: CmpList | None = None) -> Explanation:
    """What a GPP string says, section by section; problems begin with the section they are found in."""
    explained = [(section, _section(section, now, vendors, cmps)) for section in gpp.sections]
    parts = tuple(each for _, (parts, _) in explained for each in parts)
    found = tuple(
        TcProblem(each.code, each.void, f"{_name(section)}: {each.reason}")
        for section, (_, wrong) in explained
        for each in wrong
    )
    summary = f"sections {some_of(_name(section) for section in gpp.sections)}" if gpp.sections else "no section"
    return Explanation("GPP string", summary, parts, found)


def explain_usp(value: UsPrivacy) -> Explanation:
    """What a US Privacy string says."""
    summary = _sold(value) if value.applies else "the law does not apply"
    found = [problem("incomplete", reason) for reason in usp.problems(value)]
    retired = problem("retired", "the US Privacy string was retired in January 2024: write GPP beside it")
    return Explanation("US Privacy string", summary, (_usp(value),), (*found, retired))


def _section(
    section: Section, now: datetime, vendors: VendorList, cmps: CmpList | None
) -> tuple[tuple[Part, ...], tuple[TcProblem, ...]]:
    match section.value:
        case TcString() as tc:
            whole = explain_tc(tc, now, vendors, cmps)
            return tuple(Part(f"Europe: {each.title}", each.lines) for each in whole.parts), whole.problems
        case CanadianConsent() as canada:
            return (_canada(canada),), ()
        case UsPrivacy() as privacy:
            return (_usp(privacy),), tuple(problem("incomplete", reason) for reason in usp.problems(privacy))
        case UsChoices() as choices:
            return (_choices(choices),), tuple(problem("contradiction", reason) for reason in problems(choices))
        case _:
            unknown = part(_name(section), text=section.text)
            return (unknown,), (problem("unknown-section", "we do not know this section; it was kept as it is"),)


def _choices(choices: UsChoices) -> Part:
    lines = [*_fields(choices)]
    if choices.gpc is not None:
        lines.append(ExplainedLine("Global Privacy Control", "on" if choices.gpc else "off"))
    unsaid = [_spelled(name) for name, value in choices.fields.items() if value == 0]
    if unsaid:
        lines.append(ExplainedLine("not applicable", ", ".join(unsaid)))
    return Part(US_SECTIONS[choices.section].jurisdiction, tuple(lines))


def _fields(choices: UsChoices) -> Iterator[ExplainedLine]:
    for name, value in choices.fields.items():
        words = meanings(choices.section, name)
        if isinstance(value, tuple):
            labels = items(choices.section, name)
            said = [f"{label}: {_meaning(words, each)}" for label, each in zip(labels, value, strict=False) if each]
            yield ExplainedLine(_spelled(name), "; ".join(said) or "not applicable")
        elif value or not words:
            yield ExplainedLine(_spelled(name), _meaning(words, value))


def _meaning(words: tuple[str, ...], value: int) -> str:
    return words[value] if value < len(words) else str(value)


def _spelled(name: str) -> str:
    """`SaleOptOutNotice` as "sale opt out notice"."""
    return " ".join(_WORDS.findall(name)).lower()


def _canada(value: CanadianConsent) -> Part:
    return part(
        "Canada",
        created=f"{value.created:%Y-%m-%d}",
        by=f"consent platform {value.cmp_id}, version {value.cmp_version}, vendor list {value.list_version}",
        express_consent=f"purposes {some_of(map(str, value.purposes_express))}; {len(value.vendors_express)} vendors",
        implied_consent=f"purposes {some_of(map(str, value.purposes_implied))}; {len(value.vendors_implied)} vendors",
        special_features=some_of(map(str, value.special_features)),
        shown="not said" if value.disclosed is None else f"{len(value.disclosed)} vendors",
    )


def _usp(value: UsPrivacy) -> Part:
    return part(
        "US Privacy",
        notice_given=_answer(value.notice),
        opted_out_of_sale=_answer(value.opted_out),
        covered_by_LSPA=_answer(value.lspa_covered),
    )


def _sold(value: UsPrivacy) -> str:
    if value.opted_out is None:
        return "the law applies, but it is not said whether data may be sold"
    return "the person opted out of the sale of data" if value.opted_out else "the person did not opt out of sale"


def _answer(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "not applicable"}[value]


def _name(section: Section) -> str:
    return section.prefix or f"{section.id} (unknown)"
