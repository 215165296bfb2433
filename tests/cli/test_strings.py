"""`placet decode` explains a string to a person or a script."""

import io

import pytest
from msgspec import json

from placet.cli import run

TC = "CQgcD4AQgcD4AEsACBDECPFoAPIAAELAAAYgAFERAAoAIAAA.IAFkVgAA.YAAAAAAAAAAA"
VOID = "CQgcD4AQgcD4AEsACBDECPFoAPIAAELAAAYgAFERAAoAIAAA.YAAAAAAAAAAA"
"""The same without the vendors that were shown, which it must name since March 2026."""


@pytest.fixture
def said(capsys, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    def carry_out(*tokens, stdin=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = run(list(tokens))
        spoken = capsys.readouterr()
        return code, spoken.out, spoken.err

    return carry_out


def test_a_person_reads_what_a_string_says(said):
    code, out, _ = said("decode", "1YNN")
    assert code == 0
    assert out.startswith("US Privacy string: ")
    assert "  note  the US Privacy string was retired" in out


def test_a_script_reads_json(said):
    code, out, _ = said("decode", VOID, "--json")
    told = json.decode(out)
    assert (code, told["kind"], told["void"]) == (1, "TC string", True)
    assert "disclosed-missing" in {each["code"] for each in told["problems"]}


def test_a_void_string_is_marked(said):
    code, out, _ = said("decode", VOID)
    assert code == 1
    assert "  VOID  it does not say which vendors were shown" in out


def test_a_string_can_be_sent(said):
    assert said("decode", "-", stdin=f"{TC}\n")[1].startswith("TC string: made on 2026-03-02")


@pytest.mark.parametrize("tokens, stdin, code, words", [
    (["decode", "hello"], "", 1, "none of the strings we know"),
    (["decode", "-"], " \n", 2, "nothing to decode"),
    (["decode", "-"], "C" * 300_000, 1, "characters are more"),
    (["decode"], "", 2, "string"),
])  # fmt: skip
def test_what_can_not_be_read_is_told_with_its_cure(said, tokens, stdin, code, words):
    found, out, err = said(*tokens, stdin=stdin)
    assert found == code
    assert words.lower() in (out + err).lower()
