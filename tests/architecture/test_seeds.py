"""The page of the seeds' sentences names tests that exist, and leaves no sentence out."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/compatibility/seeds.md").read_text("utf-8")
ROWS = {*(str(number) for number in range(1, 25)), *(f"S{number:02}" for number in range(1, 33))}


def known_tests() -> set[str]:
    found = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        found |= {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    return found


def test_every_test_that_is_named_exists():
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 100
    assert named - known_tests() == set()


def test_no_sentence_is_left_out():
    assert ROWS - set(re.findall(r"^\| (\w+) \|", PAGE, re.MULTILINE)) == set()


def test_every_row_names_a_test_or_says_why_there_is_none():
    sentences = [line for line in PAGE.splitlines() if re.match(r"\| (S?\d+) \|", line)]
    assert [line for line in sentences if not re.search(r"`test_|waits|there are no|\]\(", line)] == []
