"""The generators of documentation write what their sources say, and report a page that differs."""

import importlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from placet import __version__
from tests.architecture.source import ROOT, SOURCE

GENERATED = {
    "generate_api_reference": "docs/reference/api.md",
    "generate_architecture_picture": "docs/images/architecture.svg",
}
PICTURE_SOURCE = "docs/contributing/architecture.toml"


def copied(folder: Path, tool: str) -> Path:
    """A generator with everything that it reads and writes, in a folder of its own."""
    for name in (f"tools/{tool}", GENERATED[tool], PICTURE_SOURCE):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / "src").symlink_to(SOURCE.parent)
    return folder / "tools" / tool


def run(tool: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, tool, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("tool, page", GENERATED.items())
def test_a_page_that_differs_is_reported_and_written_anew(tmp_path, tool, page):
    program = copied(tmp_path, tool)
    right = (tmp_path / page).read_text()
    assert run(program, "--check").returncode == 0

    (tmp_path / page).write_text(right + "more\n")
    result = run(program, "--check")
    assert (result.returncode, page in result.stderr, tool in result.stderr) == (1, True, True)

    assert run(program).returncode == 0
    assert (tmp_path / page).read_text() == right


def test_the_reference_has_every_operation_and_schema_of_the_document():
    found = list(SOURCE.rglob("openapi.py"))
    assert found
    page = (ROOT / GENERATED["generate_api_reference"]).read_text()
    for path in found:
        name = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
        document = importlib.import_module(name).description(__version__)
        for route, methods in document["paths"].items():
            headings = [f"### {verb.upper()} {route}\n" for verb in methods]
            assert [heading for heading in headings if heading not in page] == []
        assert [one for one in document["components"]["schemas"] if f"### {one}\n" not in page] == []


def test_a_text_that_does_not_fit_its_box_is_refused(tmp_path):
    program = copied(tmp_path, "generate_architecture_picture")
    source = tmp_path / PICTURE_SOURCE
    source.write_text(source.read_text().replace("YAML in and out", "word " * 60))
    result = run(program)
    assert result.returncode == 1
    assert "the text of `settings_files/` needs" in result.stderr
