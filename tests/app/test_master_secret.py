"""One secret, made once, readable by its owner only."""

import os
import stat
import subprocess
import sys

import pytest

from placet.app.master_secret import FILE, derive, master_secret
from placet.config import BadSettings, Config


def test_the_secret_is_made_once_for_its_owner_only(tmp_path):
    config = Config(data_folder=str(tmp_path / "new" / "folder"))
    first = master_secret(config)
    path = tmp_path / "new" / "folder" / FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(first) == 64 and master_secret(config) == first
    assert [entry.name for entry in path.parent.iterdir()] == [FILE]
    assert master_secret(Config(data_folder=str(tmp_path / "other"))) != first


def test_of_processes_that_start_at_once_all_find_the_same(tmp_path):
    show = (
        f"from placet.app.master_secret import *; print(master_secret(Config(data_folder={str(tmp_path)!r})).decode())"
    )
    started = [subprocess.Popen([sys.executable, "-c", show], stdout=subprocess.PIPE) for _ in range(4)]
    assert len({process.communicate()[0] for process in started}) == 1


def test_a_secret_in_the_settings_leaves_the_folder_alone(tmp_path):
    assert master_secret(Config(data_folder=str(tmp_path), master_secret="s" * 32)) == b"s" * 32
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_or_unreachable_secret_stops_the_start(tmp_path):
    (tmp_path / FILE).write_text("half")
    with pytest.raises(BadSettings, match="Restore it from a backup"):
        master_secret(Config(data_folder=str(tmp_path)))
    with pytest.raises(BadSettings, match="set PLACET_MASTER_SECRET"):
        master_secret(Config(data_folder=os.devnull))


def test_each_purpose_has_its_own_secret():
    one, other = derive(b"m" * 32, "receipts"), derive(b"m" * 32, "pseudonyms")
    assert len(one) == 64 and one != other and derive(b"n" * 32, "receipts") != one
