"""Google's ad technology providers outside the vendor list: the meaning of an id in an AC string (iab.md section 3)."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from placet.formats.errors import Malformed
from placet.formats.ids import MAX_ID, Ids

MAX_CHARACTERS = 4 * 1024 * 1024
HEADER = ["provider_id", "provider_name", "policy_url", "domains"]


@dataclass(frozen=True, slots=True)
class Provider:
    """One ad technology provider. `domains` may hold a `*` inside a name."""

    id: int
    name: str
    policy_url: str
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Providers:
    """The provider list at one time; the file carries no version."""

    by_id: Mapping[int, Provider]
    ids: Ids

    def restricted_to(self, chosen: Ids) -> "Providers":
        """Only the chosen providers; chosen ids that are not in the list are ignored."""
        return _providers({each: self.by_id[each] for each in self.ids & chosen})


def read_providers(text: str) -> Providers:
    """The providers in Google's CSV; raises Malformed, naming the line."""
    if len(text) > MAX_CHARACTERS:
        raise Malformed(f"{len(text)} characters, more than {MAX_CHARACTERS}", standard="provider list")
    lines = csv.reader(text.removeprefix("\ufeff").splitlines(), strict=True)
    found: dict[int, Provider] = {}
    try:
        if next(lines, None) != HEADER:
            raise Malformed(f"the first line is not {','.join(HEADER)}", standard="provider list")
        for row in filter(None, lines):
            provider = _provider(row, lines.line_num)
            found[provider.id] = provider
    except csv.Error as wrong:
        raise Malformed(f"line {lines.line_num}: {wrong}", standard="provider list") from None
    return _providers(found)


def _provider(row: list[str], line: int) -> Provider:
    if len(row) != len(HEADER):
        raise Malformed(f"line {line} has {len(row)} columns, not {len(HEADER)}", standard="provider list")
    number, name, policy, domains = row
    if not (number.isascii() and number.isdecimal() and 0 < len(number) <= 5 and 0 < int(number) <= MAX_ID):
        raise Malformed(f"line {line}: {number[:20]!r} is not an id", standard="provider list", field="provider_id")
    return Provider(int(number), name, policy, tuple(domains.split()))


def _providers(found: dict[int, Provider]) -> Providers:
    return Providers(MappingProxyType(found), Ids.of(found))
