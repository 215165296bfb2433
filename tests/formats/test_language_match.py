"""The nearest of the published languages, by the cases that the SDK runs as well."""

import json
from pathlib import Path
from typing import Any

import pytest

from placet.formats.language_match import nearest

CASES = [json.loads(line) for line in Path("vectors/languages.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_the_nearest_language_is_found(case: dict[str, Any]) -> None:
    assert nearest(case["given"]["wanted"], case["given"]["published"]) == case["value"]


def test_a_language_may_be_looked_for_in_any_collection() -> None:
    assert nearest("zh-CN", {"en": 1, "zh-Hans": 2}) == "zh-Hans"
    assert nearest("en", ()) is None
