"""Lists are fetched when due, taken when sound, kept in every version, and never leave us with nothing."""

import json
from random import Random

import pytest
import vendor_lists

from placet.formats.lists.library import bundled_vendor_lists
from placet.outputs.transport.http_fetch import Fetched
from placet.outputs.transport.ssrf_guard import Unreachable
from placet.services.settings.refresh_vendor_lists import (
    CANADA,
    EUROPE,
    GOOGLE,
    HOUR,
    WORDS,
    ListSource,
    load_vendor_lists,
    refresh_lists,
)
from placet.stores.vendor_list_folder import VendorListFolder

NOW = 1_780_000_000_000
URL = "https://lists.example/gvl.json"
DAY = 24 * HOUR


def a_list(version: int) -> bytes:
    return json.dumps({**vendor_lists.document(Random(1), [1, 2, 3]), "vendorListVersion": version}).encode()


class Web:
    """What the other side would answer; remembers what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    async def __call__(self, url, etag):
        self.asked.append((url, etag))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def list_cache(tmp_path):
    return VendorListFolder(tmp_path / "lists")


OURS = ListSource(EUROPE, URL)


async def look(list_cache, web, now=NOW, source=OURS, **more):
    (outcome,) = await refresh_lists([source], list_cache, web, now, DAY, **more)
    return outcome.what


def version(list_cache):
    return load_vendor_lists(list_cache).vendors.version


async def test_a_newer_list_is_taken_and_its_etag_sent_the_next_time(list_cache):
    web = Web(Fetched(200, a_list(150), '"150"', 60), Fetched(304, b"", '"150"'))
    assert await look(list_cache, web) == "updated"
    assert version(list_cache) == 150
    assert await look(list_cache, web, NOW + DAY) == "unchanged"
    assert web.asked == [(URL, ""), (URL, '"150"')]


async def test_every_version_stays(list_cache, tmp_path):
    for number in (150, 151):
        await look(list_cache, Web(Fetched(200, a_list(number))), force=True)
    assert {path.name for path in (tmp_path / "lists" / EUROPE).iterdir()} == {"v150", "v151", "current.json"}
    assert version(list_cache) == 151


@pytest.mark.parametrize("later, age, what", [
    (DAY - 1, None, "fresh"), (DAY, None, "unchanged"),
    (DAY, 2 * 86_400, "fresh"), (2 * DAY - 1, 2 * 86_400, "fresh"), (2 * DAY, 2 * 86_400, "unchanged"),
    (HOUR, 60, "fresh"),
])  # fmt: skip
async def test_a_list_is_left_alone_while_it_is_fresh(list_cache, later, age, what):
    await look(list_cache, Web(Fetched(200, a_list(150), '"150"', age)))
    assert await look(list_cache, Web(Fetched(304)), NOW + later) == what


async def test_a_person_may_look_at_once(list_cache):
    await look(list_cache, Web(Fetched(200, a_list(150), '"150"', 86_400)))
    assert await look(list_cache, Web(Fetched(304)), NOW + 1, force=True) == "unchanged"


@pytest.mark.parametrize("body", [b"", b"<html>", a_list(150)[:-1], a_list(7)])
async def test_an_unsound_or_older_list_is_refused_and_ours_stays(list_cache, body):
    assert await look(list_cache, Web(Fetched(200, body, '"bad"'))) == "refused"
    assert version(list_cache) == bundled_vendor_lists().vendors.version
    web = Web(Fetched(200, a_list(150)))
    await look(list_cache, web, force=True)
    assert web.asked == [(URL, "")]


async def test_a_server_that_is_away_is_asked_again_within_the_hour(list_cache):
    assert await look(list_cache, Web(Unreachable("away"))) == "unreachable"
    assert await look(list_cache, Web(), NOW + HOUR - 1) == "fresh"
    assert await look(list_cache, Web(Fetched(200, a_list(150))), NOW + HOUR) == "updated"


async def test_another_address_is_asked_without_the_old_etag(list_cache):
    await look(list_cache, Web(Fetched(200, a_list(150), '"150"', 86_400)))
    web = Web(Fetched(200, a_list(150)))
    assert await look(list_cache, web, NOW + 1, ListSource(EUROPE, "https://other.example/")) == "unchanged"
    assert web.asked[0][1] == ""


@pytest.mark.parametrize("damage", ["v150", "current.json"])
async def test_a_damaged_folder_means_the_bundled_list(list_cache, tmp_path, damage):
    await look(list_cache, Web(Fetched(200, a_list(150))))
    (tmp_path / "lists" / EUROPE / damage).write_bytes(b"\xff")
    assert load_vendor_lists(list_cache).vendors is bundled_vendor_lists().vendors


@pytest.mark.parametrize("name, body", [
    (GOOGLE, b'"provider_id","provider_name","policy_url","domains"\n7,"Seven","https://p.example",""\n'),
    (WORDS + "de", json.dumps({
        "purposes": {"1": {"id": 1, "name": "Speichern", "description": "d"}}, "specialPurposes": {}, "features": {},
        "specialFeatures": {},
    }).encode()),
])  # fmt: skip
async def test_other_lists_are_kept_alike(list_cache, name, body):
    assert await look(list_cache, Web(Fetched(200, body)), source=ListSource(name, URL)) == "updated"
    vendor_lists = load_vendor_lists(list_cache, ["de"])
    assert (7 in vendor_lists.providers.by_id) is (name == GOOGLE)
    assert ((vendor_lists.spoken("de-AT") or vendor_lists.vendors.headings).purposes[1].name == "Speichern") is (
        name != GOOGLE
    )


async def test_a_list_of_another_kind_is_refused(list_cache):
    assert await look(list_cache, Web(Fetched(200, b"\xff\xfe")), source=ListSource(GOOGLE, URL)) == "refused"
    assert await look(list_cache, Web(Fetched(200, b"{}")), source=ListSource(CANADA, URL)) == "refused"
