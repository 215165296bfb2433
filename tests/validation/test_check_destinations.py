"""A destination says what its type needs to know, and nothing that its type does not understand."""

import pytest
from msgspec import Struct

from placet.settings.connections import DestinationType
from placet.settings_files.findings import locate
from placet.settings_files.read import read_texts
from placet.validation.checks.destinations import check_destinations
from placet.validation.finding import Severity
from tests.small_organisation import SMALL


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    project: str
    batch: int = 10
    loud: bool = False
    ads: str = ""
    names: dict[str, str] = {}

    def __post_init__(self) -> None:
        if self.batch > 99:
            raise ValueError("no batch is that large")


TYPES = {
    "webhook": DestinationType("webhook", "a hook", secrets={"": "signs"}),
    "tally": DestinationType(
        "tally",
        "for tests",
        Options,
        {"project": "its number", "batch": "how many"},
        "https://tally.example",
        {"": "the key", "gdpr": "another"},
        ("",),
        ("ads", "names"),
    ),
}
GOOD = """    destinations:
      - id: tally
        name: T
        type: tally
        secret: env:KEY
        options:
          project: 0123
          batch: 5
          ads: Marketing
          names: {x: sale}
consent_groups:"""


def found(old: str = "", new: str = "") -> list[tuple[str, int, str]]:
    text = SMALL.replace("consent_groups:", GOOD.replace(old, new) if old else GOOD, 1).replace("purpose: ads", "")
    reading = read_texts([("shop.yaml", text.encode())])
    assert reading.organisation is not None, reading.problems
    findings = check_destinations(reading.organisation, TYPES)
    assert all(finding.severity is Severity.ERROR and finding.cure for finding in findings)
    start = text[: text.index("    destinations:")].count("\n") + 1
    return [(each.code, each.problem.spot.line - start, each.problem.what) for each in locate(reading, findings)]


def test_nothing_is_wrong_with_a_destination_that_says_what_it_must() -> None:
    assert found("Marketing", "Sale") == []


@pytest.mark.parametrize("old, new, code, line, what", [
    ("type: tally", "type: tallly", "unknown-type", 3, "there is no destination type 'tallly'"),
    ("batch: 5", "batsch: 5", "bad-option", 7, "tally has no option 'batsch'"),
    ("batch: 5", "batch: many", "bad-option", 7,
     "the option 'batch' of 'tally' does not fit: Expected `int`, got `str`"),
    ("batch: 5", "batch: 100", "bad-option", 5, "the options of 'tally' do not fit: no batch is that large"),
    ("batch: 5", "loud: maybe", "bad-option", 7,
     "the option 'loud' of 'tally' does not fit: Expected `bool`, got `str`"),
    ("project: 0123", "loud: true", "bad-option", 5, "'tally' lacks the option 'project'"),
    ("ads: Marketing", "ads: nobody", "unknown-consent", 8, "there is no purpose 'nobody'"),
    ("{x: sale}", "{x: nobody}", "unknown-consent", 9, "there is no purpose 'nobody'"),
    ("        secret: env:KEY\n", "", "no-destination-secret", 1, "'tally' lacks a secret: the key"),
    ("secret: env:KEY", "secret: env:KEY\n        secrets: {gdbr: env:X}", "unknown-destination-secret", 5,
     "tally knows no secret 'gdbr'"),
    ("type: tally", "type: webhook", "no-address", 1, "nobody said where 'tally' is"),
])  # fmt: skip
def test_each_fault_is_found_where_it_stands(old: str, new: str, code: str, line: int, what: str) -> None:
    assert (code, line, what) in found(old, new)


def test_what_is_written_without_quotes_keeps_its_zeros() -> None:
    text = SMALL.replace("consent_groups:", GOOD, 1)
    organisation = read_texts([("shop.yaml", text.encode())]).organisation
    assert organisation is not None
    assert organisation.workspaces[0].destinations[0].options["project"] == "0123"
