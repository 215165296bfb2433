"""Every file is small, and opens by saying in one plain sentence what it is for."""

import ast

import pytest

from tests.architecture.source import FILES, short, tree

MAX_LINES = 400
GENERATED = "This file is generated"


@pytest.mark.parametrize("path", FILES, ids=short)
def test_a_file_opens_with_its_caption(path):
    caption = (ast.get_docstring(tree(path)) or "").split("\n\n")[0]
    assert caption, "open the file with one plain sentence"
    assert caption[-1] in ".?!:", f"the caption is not a sentence: {caption}"


@pytest.mark.parametrize("path", FILES, ids=short)
def test_a_file_fits_in_a_room(path):
    text = path.read_text("utf-8")
    assert text.count("\n") <= MAX_LINES or GENERATED in text[:500], "split it by noun"
