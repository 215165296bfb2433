"""Settings files are read whole, and every fault is told with its line."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.settings.organisation import Organisation
from placet.settings.purposes import Status
from placet.settings.regions import Model
from placet.settings_files.read import Reading, read, read_texts
from tests.small_organisation import SMALL, small

NORTHWIND = Path(__file__).parents[2] / "examples" / "northwind"


def reading(*texts: str) -> Reading:
    return read_texts([(f"{number}.yaml", text.encode()) for number, text in enumerate(texts, 1)])


def told(*texts: str) -> list[str]:
    return [str(problem) for problem in reading(*texts).problems]


ORGANISATION = "id: 11111111-1111-4111-8111-111111111111\nname: A\n"


@pytest.mark.parametrize("text, line", [
    ("nmae: A", "1.yaml:3:1: an organisation has no 'nmae' – did you mean 'name'?"),
    ("colour: red", "1.yaml:3:1: an organisation has no 'colour' – it may have id, name, language, purposes, "
     "workspaces, consent_groups, keys"),
    ("purposes: run", "1.yaml:3:11: 'purposes' must be a list – begin each item with '- '"),
    ("purposes: [run]", "1.yaml:3:12: 'an item of purposes' must be a map of id, name, guid, description – "
     "write 'key: value' lines"),
    ("purposes: [{id: a}]", "1.yaml:3:12: a purpose lacks 'name' – add it: what people read"),
    ("purposes: [{id: , name: A}]", "1.yaml:3:16: 'id' is empty – give it a value, or leave the line out"),
    ("purposes: [{id: [a], name: A}]", "1.yaml:3:17: 'id' must be a single value, not a list – "
     "see the schema (placet schema)"),
    ("purposes: [{id: a, name: [A]}]", "1.yaml:3:26: 'name' must be a map – write 'key: value' lines below it"),
    ("keys: [{id: a, algorithm: HS256, active: yes}]",
     "1.yaml:3:42: 'active' must be true or false, not 'yes' – write true or false"),
    ("name: B", "1.yaml:3:1: 'name' is said twice here, first in line 2 – keep one of the two"),
    ("<<: {a: 1}", "1.yaml:3:1: merge keys (<<) are not supported – write the keys out, or use an alias for a whole "
     "value (key: *name)"),
    ("? [a]\n: b", "1.yaml:3:3: a key must be a word – put a name before the ':'"),
    ("keys: !!python/name:os.system x",
     "1.yaml:3:7: the tag tag:yaml.org,2002:python/name:os.system is not allowed – write the bare value"),
    ("keys:\n\t- a", "1.yaml:4:1: a tab cannot indent or begin a value in YAML – use spaces"),
    ("keys: a: b", "1.yaml:3:8: a ':' stands where a value cannot have one – put the text in quotes or fix the indent"),
    ("keys: *a", "1.yaml:3:7: nothing above is anchored as &a – anchor a finished value: &a"),
    ("keys: &a [*a]", "1.yaml:3:11: nothing above is anchored as &a – anchor a finished value: &a"),
    ("---\na: b", "1.yaml:3:1: a second document begins here – keep one document in each file"),
])  # fmt: skip
def test_a_fault_is_told_with_its_line_and_cure(text: str, line: str) -> None:
    assert told(ORGANISATION + text) == [line]


def test_all_faults_are_told_at_once_from_the_top() -> None:
    text = "nam: A\nkeys:\n  - {id: a, algorthm: HS256}\n  - {id: b}\n"
    assert [line.split(" – ")[0] for line in told(text)] == [
        "1.yaml:1:1: an organisation has no 'nam'",
        "1.yaml:1:1: an organisation lacks 'id'",
        "1.yaml:3:13: a key has no 'algorthm'",
        "1.yaml:4:5: a key lacks 'algorithm'",
    ]


def test_an_unreadable_file_does_not_hide_the_faults_of_the_others() -> None:
    found = told("id: 'x", "keys: [{id: a, algorithm: HS256, x: 1}]")
    assert [line.split(" – ")[0] for line in found] == [
        "1.yaml:1:7: this is not YAML: found unexpected end of stream",
        "2.yaml:1:34: a key has no 'x'",
    ]


@pytest.mark.parametrize("text, what", [
    ("[" * 100, "nested deeper than 40 levels"),
    ("- a", "the file holds a list, not settings"),
    ("just words", "the file holds text, not settings"),
    ("x" * 5_000_000, "the file is longer than"),
    ("a: \x00", "this is not YAML"),
])  # fmt: skip
def test_what_is_no_settings_file_is_refused(text: str, what: str) -> None:
    assert what in told(text)[0]


def test_a_billion_laughs_are_not_heard() -> None:
    lines = ["x-0: &x0 [a, a, a, a, a, a, a, a, a, a]"]
    lines += [f"x-{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "more than 200000 values" in told("\n".join(lines))[0]


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    found = read_texts([("a.yaml", b"id: a\nname: \xff\n")]).problems
    assert str(found[0]) == "a.yaml:2:1: this is not UTF-8 text – save the file as UTF-8"


def test_words_are_read_by_their_field_not_by_yaml() -> None:
    organisation = small(("places: EEA", "places: [NO, 'SE']"), ("name: Small", "name: 1.10"))
    assert organisation.name == "1.10"
    assert organisation.workspaces[0].region_rules[0].rules[0].places == ("NO", "SE")


@pytest.mark.parametrize("written, meant", [
    ("model: opt-out", Model.OPT_OUT), ("model: Opt Out", Model.OPT_OUT), ("model: opt_out", Model.OPT_OUT),
])  # fmt: skip
def test_a_word_may_be_spelled_a_little_differently(written: str, meant: Model) -> None:
    assert small(("model: opt-out", written)).workspaces[0].region_rules[0].rules[1].model is meant


SAMPLE = """    sources: [{id: e, name: E, write_keys: key-key-1, site: web}]
    destinations: [{id: d, name: D, url: "https://d.example"}]
    connections:
      - {id: c, source: e, destination: d,
         filters: [{id: f, title: F, when: all, actions: [{type: SAMPLE, percent: 0.5}]}]}
consent_groups:"""


@pytest.mark.parametrize("written, meant", [("0.5", 0.5), ("1", 1.0), ("half", None), ('""', None)])
def test_a_share_is_read_as_a_number(written: str, meant: float | None) -> None:
    found = reading(SMALL.replace("consent_groups:", SAMPLE.replace("0.5", written), 1))
    assert any("'percent' must be a number" in str(problem) for problem in found.problems) is (meant is None)
    if found.organisation:
        (action,) = found.organisation.workspaces[0].connections[0].filters[0].actions
        assert action.percent == meant


def test_statuses_may_be_spelled_with_underscores() -> None:
    rule = small(("C0001: always active}}", "C0001: always_active}}")).workspaces[0].region_rules[0].rules[0]
    assert rule.statuses == {"C0001": Status.ALWAYS_ACTIVE}


def test_a_bare_text_is_in_the_first_language_of_its_workspace() -> None:
    workspace = small(("languages: [en, de]", "languages: [de, en]"), ("{en: Needed, de: Nötig}", "Nötig")).workspaces[
        0
    ]
    assert workspace.categories[0].name == {"de": "Nötig"}


def test_a_bare_text_outside_any_workspace_is_in_the_organisations_language() -> None:
    organisation = small(("name: Small", "name: Small\nlanguage: de"), ("{en: Run, de: Betrieb}", "Betrieb"))
    assert organisation.purposes[0].name == {"de": "Betrieb"}


@pytest.mark.parametrize("written", ["{en: OK, de: Gut}", "{text: {en: OK, de: Gut}}"])
def test_a_button_may_be_written_as_its_text(written: str) -> None:
    button = small(('{en: "Yes", de: Ja}', written)).workspaces[0].notices[0].banner.accept
    assert button is not None
    assert button.text == {"en": "OK", "de": "Gut"}


def test_an_alias_stands_for_its_value_and_own_keys_are_left_out() -> None:
    text = "x-name: &name Northwind\n" + ORGANISATION.replace("name: A", "name: *name")
    organisation = reading(text).organisation
    assert organisation is not None
    assert organisation.name == "Northwind"


def test_files_are_one_organisation_together() -> None:
    head, tail = SMALL.split("consent_groups:")
    assert reading(head, "consent_groups:" + tail).organisation == small()


def test_a_workspace_may_be_spread_over_files() -> None:
    head, rest = SMALL.split("    notices:")
    notices, end = rest.split("consent_groups:")
    other = "workspaces:\n  - id: shop\n    notices:" + notices
    assert reading(head, other, "consent_groups:" + end).organisation == small()


def test_a_contradiction_between_files_names_both_places() -> None:
    assert told(ORGANISATION, "name: B") == [
        "2.yaml:1:7: 'name' is said again, and differently: first in 1.yaml:2:7 – keep one of the two"
    ]
    assert told(ORGANISATION, "name: A") == []


def test_a_folder_is_read_with_all_below_it_but_nothing_hidden(tmp_path: Path) -> None:
    head, tail = SMALL.split("consent_groups:")
    (tmp_path / "b").mkdir()
    (tmp_path / "a.yaml").write_text(head)
    (tmp_path / "b" / "c.yml").write_text("consent_groups:" + tail)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.yaml").write_text("nonsense: [")
    (tmp_path / "README.md").write_text("not settings")
    assert read(tmp_path).organisation == small()


@pytest.mark.parametrize("name", ["missing", "missing.yaml"])
def test_a_path_without_settings_says_so(tmp_path: Path, name: str) -> None:
    assert "there are no settings here" in str(read(tmp_path / name).problems[0])


def test_the_example_is_read() -> None:
    organisation = read(NORTHWIND).organisation
    assert isinstance(organisation, Organisation)
    assert [workspace.id for workspace in organisation.workspaces] == ["news", "outfitter", "stream"]


ODD = [
    "%YAML 1.1\n---\n", "%TAG ! tag:x\n---\n", '"\\x', '"\\uD800"', "!!", "&a ", "*a", "<<: ", "? ", "- ", "[", "]",
    "{", "}", ": ", "\t", "\n", "  ", "|9\n", ">-\n", "'", '"', "#", "%", "@", "`", "\x00", "\x85", "\u2028", "\ufeff",
    "...\n", "---\n", "null", "~", "!<x> ", "? [a]\n: b\n", "1e999", "\r", "[" * 60,
]  # fmt: skip
edits = st.tuples(st.integers(0, len(SMALL)), st.integers(0, 12), st.sampled_from(ODD))


@given(st.lists(edits, min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_whatever_is_written_is_settings_or_has_a_problem(edits: list[tuple[int, int, str]]) -> None:
    text = SMALL
    for at, gone, odd in edits:
        text = text[:at] + odd + text[at + gone :]
    found = reading(text)
    assert (found.organisation is None) == bool(found.problems)


@given(st.binary(max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_settings_or_have_a_problem(data: bytes) -> None:
    found = read_texts([("a.yaml", data)])
    assert found.organisation is None
    assert found.problems
