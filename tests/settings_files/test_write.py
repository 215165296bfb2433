"""What is written is read back as the same settings."""

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect
from msgspec.structs import replace

from placet.settings.notices import Notice
from placet.settings.organisation import Organisation
from placet.settings_files.read import read, read_texts
from placet.settings_files.write import write
from placet.validation.secrets import masked
from tests.organisation_strategies import of_type, organisations, texts
from tests.small_organisation import small

NORTHWIND = Path(__file__).parents[2] / "examples" / "northwind"


def again(organisation: Organisation) -> Organisation | None:
    reading = read_texts([("exported.yaml", write(organisation).encode())])
    assert reading.problems == ()
    return reading.organisation


@given(organisations())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_reading_what_was_written_gives_the_same(organisation: Organisation) -> None:
    assert again(organisation) == masked(organisation)


@given(texts | st.text())
@settings(max_examples=80, deadline=None)
def test_any_text_survives(text: str) -> None:
    organisation = replace(small(), name=text)
    assert again(organisation) == organisation


@given(of_type(inspect.type_info(Notice)))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_notice_survives(notice: Notice) -> None:
    organisation = small()
    workspace = replace(organisation.workspaces[0], notices=(notice,))
    changed = replace(organisation, workspaces=(workspace,))
    assert again(changed) == changed


def test_the_example_survives_and_its_spelling_is_canonical() -> None:
    organisation = read(NORTHWIND).organisation
    assert organisation is not None
    assert again(organisation) == organisation
    assert write(organisation) == write(again(organisation) or organisation)


def test_long_texts_are_blocks_that_fold() -> None:
    text = write(read(NORTHWIND).organisation or small())
    assert "description:\n" in text
    assert "en: >-\n" in text
    assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize("secret, written", [
    ("env:NAME", "env:NAME"),
    ("file:key.txt", "file:key.txt"),
    ("kept:0123456789abcdef", "kept:0123456789abcdef"),
    ("sealed:00:AAAA", "kept:" + sha256(b"sealed:00:AAAA").hexdigest()[:16]),
    ("hunter2", "kept:" + sha256(b"hunter2").hexdigest()[:16]),
])  # fmt: skip
def test_a_secret_is_named_but_never_written(secret: str, written: str) -> None:
    organisation = small()
    key = replace(organisation.keys[0], secret=secret)
    text = write(replace(organisation, keys=(key,)))
    assert f"secret: {written}\n" in text
    assert "AAAA" not in text
    assert "hunter2" not in text
