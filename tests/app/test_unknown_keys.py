"""A mistyped write key is noticed: counted in bounded memory, logged once a minute, told by `placet check --live`."""

import stat
import time

import pytest

from placet.app.unknown_keys import FILE, MOST, UnknownKeys, kept_keys
from placet.cli import run
from tests.api.node_context import start
from tests.small_organisation import SMALL

KNOWN = [("shop-web-key-7f3a", "shop/web"), ("other", "shop/app")]


def keys(folder) -> UnknownKeys:
    return UnknownKeys(folder, lambda: iter(KNOWN))


def test_a_key_is_counted_and_the_source_meant_is_named(tmp_path, caplog):
    unknown = keys(tmp_path)
    for second in range(3):
        unknown.note("shop-web-key-7f3b", second * 1000)
    [row] = unknown.rows()
    assert (row.key, row.count, row.last, row.near) == ("shop… (17 characters)", 3, 2000, "shop/web")
    assert "7f3b" not in caplog.text + (tmp_path / FILE).read_text()
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_it_is_logged_once_a_minute_whatever_comes(tmp_path, caplog):
    unknown = keys(tmp_path)
    for second in range(181):
        unknown.note(f"random {second}", second * 1000)
    assert len(caplog.records) == 4


def test_random_keys_take_bounded_memory_and_do_not_hide_the_frequent_one(tmp_path):
    unknown = keys(tmp_path)
    for number in range(5000):
        unknown.note(f"{number}" * 1000, 0)
        if number % 10 == 0:
            unknown.note("shop-web-key-7f3b", 0)
    assert len(unknown.keys) == MOST
    assert max(map(len, unknown.keys)) <= 128
    assert (unknown.rows()[0].count, unknown.rows()[0].near, unknown.total) == (500, "shop/web", 5500)


def test_what_a_node_saw_is_kept_for_a_day(tmp_path):
    keys(tmp_path).note("mistyped", 1000)
    assert [one.count for one in kept_keys(tmp_path, 2000)] == [1]
    assert kept_keys(tmp_path, 1000 + 86_400_000) == []
    (tmp_path / FILE).write_text("{")
    assert kept_keys(tmp_path, 2000) == []


@pytest.mark.parametrize("path, body", [
    ("/v1/track", {"writeKey": "mistyped", "userId": "ada", "event": "A"}),
    ("/v1/batch", {"writeKey": "mistyped", "batch": [{"type": "track", "userId": "ada", "event": "A"}]}),
])  # fmt: skip
async def test_an_event_with_an_unknown_key_is_noticed_and_answered_as_ever(path, body):
    server = await start()
    answer = await server.ask("POST", path, {}, body)
    rows = server.node.unknown_keys.rows()
    await server.node.close()
    assert answer.status == 200
    assert [(one.key, one.count) for one in rows] == [("mist… (8 characters)", 1)]


async def test_settings_asked_with_an_unknown_key_are_noticed():
    server = await start()
    assert (await server.ask("GET", "/v1/projects/mistyped/settings")).status == 404
    rows = server.node.unknown_keys.rows()
    await server.node.close()
    assert [one.count for one in rows] == [1]


def test_a_live_check_tells_them_with_exit_code_1(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PLACET_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("PLACET_COUNTRY_HEADER", "CF-IPCountry")
    (tmp_path / "shop.yaml").write_text(SMALL)
    (tmp_path / "placet.db").touch()
    assert run(["check", str(tmp_path / "shop.yaml"), "--live"]) == 0
    keys(tmp_path).note("shop-web-key-7f3b", time.time_ns() // 1_000_000)
    capsys.readouterr()
    assert run(["check", str(tmp_path / "shop.yaml")]) == 0
    assert "unknown write key" not in capsys.readouterr().err
    assert run(["check", str(tmp_path / "shop.yaml"), "--live"]) == 1
    told = capsys.readouterr().err
    assert "1 request with the unknown write key shop… (17 characters)" in told
    assert "probably meant for shop/web" in told


def test_a_live_check_in_a_folder_without_a_store_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PLACET_DATA_FOLDER", str(tmp_path))
    (tmp_path / "shop.yaml").write_text(SMALL)
    assert run(["check", str(tmp_path / "shop.yaml"), "--live"]) == 3
    assert f"There is no store at {tmp_path / 'placet.db'}" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["shop.yaml"]


def test_a_check_warns_where_rules_differ_by_place_and_nothing_tells_places(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PLACET_DATA_FOLDER", str(tmp_path))
    (tmp_path / "shop.yaml").write_text(SMALL)
    assert run(["check", str(tmp_path / "shop.yaml")]) == 0
    assert "geoip_database" in capsys.readouterr().err
