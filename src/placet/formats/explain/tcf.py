"""TC strings and Additional Consent strings in plain words."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from placet.formats.additional import AdditionalConsent
from placet.formats.explain.explanation import ExplainedLine, Explanation, Part, part, problem, some_of
from placet.formats.ids import Ids
from placet.formats.lists.cmps import CmpList
from placet.formats.lists.google_providers import Providers
from placet.formats.lists.gvl import VendorList
from placet.formats.lists.gvl_entries import ListEntry, Vendor
from placet.formats.tcf.fields import Restriction
from placet.formats.tcf.tcf import Publisher, TcString
from placet.formats.tcf.validity import TcProblem, is_void, validity

_KINDS = ("not allowed at all", "only by consent", "only by legitimate interest", "of an undefined kind: ignored")


def explain_tc(tc: TcString, now: datetime, vendors: VendorList, cmps: CmpList | None = None) -> Explanation:
    """What a TC string says, in the words of `vendors`, and what is wrong with it at `now`."""
    problems = (*validity(tc, now, vendors), *_of_its_maker(tc, now, cmps))
    parts = [_making(tc, cmps), _purposes(tc, vendors), _vendors(tc, vendors)]
    if tc.restrictions:
        parts.append(_restrictions(tc.restrictions, vendors))
    if tc.publisher:
        parts.append(_publisher(tc.publisher, vendors))
    worth = "void, vendors must treat it as absent" if is_void(problems) else "may be used"
    summary = (
        f"made on {tc.updated:%Y-%m-%d}, consent to {_count(tc.purpose_consents, 'purpose')} "
        f"and {_count(tc.vendor_consents, 'vendor')}; {worth}"
    )
    return Explanation("TC string", summary, tuple(parts), problems)


def explain_additional(value: AdditionalConsent, providers: Providers | None = None) -> Explanation:
    """What an Additional Consent string says."""
    said = part(
        "Google's ad technology providers",
        consented=some_of(_providers(value.consented, providers)),
        shown_but_refused="not said in version 1"
        if value.disclosed is None
        else some_of(_providers(value.disclosed, providers)),
        counts="only beside a TC string with consent to purpose 1",
    )
    summary = f"version {value.version}, consent to {_plural(len(value.consented), 'provider')}"
    return Explanation("Additional Consent string", summary, (said,), tuple(_of_its_providers(value, providers)))


def _of_its_maker(tc: TcString, now: datetime, cmps: CmpList | None) -> Iterator[TcProblem]:
    if cmps is None or tc.cmp_id == 0:
        return
    maker = cmps.cmps.get(tc.cmp_id)
    if maker is None:
        yield problem("cmp-unknown", f"consent platform {tc.cmp_id} is in no list we have")
    elif maker.gone(now):
        yield problem("cmp-deleted", f"the consent platform {maker.name.strip()} has left the framework", void=True)


def _of_its_providers(value: AdditionalConsent, providers: Providers | None) -> Iterator[TcProblem]:
    if value.disclosed is None:
        yield problem("version-1", "version 1 can not say who was shown: write version 2")
    named = {*value.consented, *(value.disclosed or ())}
    if providers and (unknown := sorted(named - providers.by_id.keys())):
        yield problem("provider-unknown", f"providers {some_of(map(str, unknown))} are not in the list we have")


def _making(tc: TcString, cmps: CmpList | None) -> Part:
    maker = cmps.cmps.get(tc.cmp_id) if cmps else None
    named = f" ({maker.name.strip()})" if maker else ""
    return part(
        "Made",
        created=f"{tc.created:%Y-%m-%d %H:%M:%S} UTC",
        last_changed=f"{tc.updated:%Y-%m-%d %H:%M:%S} UTC",
        by=f"consent platform {tc.cmp_id}{named}, version {tc.cmp_version}, screen {tc.screen}",
        shown_in=tc.language,
        vendor_list=f"{tc.list_version}, policy {tc.policy_version}",
        publisher_country="unknown" if tc.country == "AA" else tc.country,
        texts="changed by the platform" if tc.non_standard_texts else "the standard ones",
        purpose_1="was not shown at all" if tc.purpose_one_treatment else "",
    )


def _purposes(tc: TcString, vendors: VendorList) -> Part:
    words = vendors.headings
    return part(
        "Purposes",
        consent=_named(tc.purpose_consents, words.purposes),
        legitimate_interest=_named(tc.purpose_interests, words.purposes),
        special_features=_named(tc.special_features, words.special_features),
    )


def _vendors(tc: TcString, vendors: VendorList) -> Part:
    shown = "not said" if tc.disclosed is None else _named(tc.disclosed, vendors.vendors)
    return part(
        "Vendors",
        consent=_named(tc.vendor_consents, vendors.vendors),
        legitimate_interest=_named(tc.vendor_interests, vendors.vendors),
        shown=shown,
    )


def _restrictions(rows: Iterable[Restriction], vendors: VendorList) -> Part:
    lines = [
        ExplainedLine(f"purpose {row.purpose}", f"{_KINDS[row.kind]}: {_named(row.vendors, vendors.vendors)}")
        for row in rows
    ]
    return Part("The publisher restricts", tuple(lines))


def _publisher(publisher: Publisher, vendors: VendorList) -> Part:
    own = publisher.custom
    return part(
        "For the publisher itself",
        consent=_named(publisher.purpose_consents, vendors.headings.purposes),
        legitimate_interest=_named(publisher.purpose_interests, vendors.headings.purposes),
        own_purposes=f"{own.count}, consent to {some_of(map(str, own.consents))}" if own.count else "",
    )


def _named(ids: Ids, entries: Mapping[int, ListEntry] | Mapping[int, Vendor]) -> str:
    return some_of(f"{entries[each].name.strip()} ({each})" if each in entries else f"unknown ({each})" for each in ids)


def _providers(ids: Iterable[int], providers: Providers | None) -> Iterator[str]:
    known = providers.by_id if providers else {}
    return (f"{known[each].name} ({each})" if each in known else f"{each}" for each in ids)


def _count(ids: Ids, noun: str) -> str:
    return _plural(len(ids), noun)


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
