"""What the page on settings as code shows can be typed as it stands."""

import re
import shlex
from pathlib import Path

import pytest

from placet.cli import make_app
from placet.settings_files.read import read_texts
from placet.settings_files.yaml_tree import parse
from placet.validation.check import check

PAGE = (Path(__file__).parents[2] / "docs" / "tutorial" / "settings-as-code.md").read_text()
YAML = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def test_the_first_organisation_has_no_findings() -> None:
    reading = read_texts([("bookshop.yaml", YAML[0].encode())])
    assert reading.problems == ()
    assert reading.organisation is not None
    assert check(reading.organisation) == ()


@pytest.mark.parametrize("block", YAML[1:], ids=lambda block: block.split(":")[0])
def test_every_piece_of_yaml_is_yaml(block: str) -> None:
    assert parse(block, "settings-as-code.md")[1] == []


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_exists_with_its_options(line: str) -> None:
    placet, *tokens = shlex.split(line)
    command, bound, *_ = make_app().parse_args(tokens, exit_on_error=False, print_error=True)
    assert placet == "placet"
    assert command.__name__.startswith(tokens[0])
    assert bound is not None
