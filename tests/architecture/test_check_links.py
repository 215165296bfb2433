"""tools/check_links reports every link of the documentation that leads nowhere, and nothing else."""

import subprocess
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

GOOD = """# A page

[itself](#a-page) [a heading](other.md#two-words-1) [a folder](sub/) [elsewhere](https://example.com/none)
![a picture](picture.svg) `[code](none.md)` <img src="picture.svg">

```md
[an example](none.md)
```
"""
GONE = "docs" + "/gone.md"  # in two pieces, since the tool reads this file too
OTHER = "# Two `words`\n\n## Two words\n"


def check(folder: Path, page: str) -> subprocess.CompletedProcess[str]:
    """Run the tool on a repository with this page in pages/, beside another page, a picture and a folder."""
    pages = folder / "pages"
    (pages / "sub").mkdir(parents=True)
    (pages / "other.md").write_text(OTHER)
    (pages / "picture.svg").write_text("<svg/>")
    (pages / "page.md").write_text(page)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    command = [ROOT / "tools/check_links", folder]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_links_that_lead_somewhere_are_accepted(tmp_path):
    result = check(tmp_path, GOOD)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    "link, fault",
    [
        ("[a](none.md)", "there is no file pages/none.md"),
        ("[a](none.md#part)", "there is no file pages/none.md"),
        ("[a](other.md#three)", "pages/other.md has no heading with the anchor #three"),
        ("[a](other.md#two-words-2)", "pages/other.md has no heading with the anchor #two-words-2"),
        ("[a](#none)", "pages/page.md has no heading with the anchor #none"),
        ("![a](none.png)", "there is no file pages/none.png"),
        ('<img src="none.png">', "there is no file pages/none.png"),
        ("[a](../../outside.md)", "there is no file"),
        (f"see {GONE}", "there is no such file"),
    ],
)
def test_a_link_that_leads_nowhere_is_reported_with_its_line(tmp_path, link, fault):
    result = check(tmp_path, f"# A page\n\n{link}\n")
    assert result.returncode == 1
    assert result.stderr.startswith("pages/page.md:3: ")
    assert fault in result.stderr


def test_a_path_below_docs_in_code_must_exist(tmp_path):
    (tmp_path / "code.py").write_text(f'"""See {GONE}."""\n')
    result = check(tmp_path, GOOD)
    assert (result.returncode, result.stderr) == (1, f"code.py:1: `{GONE}`: there is no such file\n")
