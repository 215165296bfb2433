"""Lists are fetched when due, taken when sound, kept in every version, and never leave us with nothing."""

import json
from random import Random

import pytest
import vendor_lists

from placet.formats.library import bundled_library
from placet.outputs.fetch import Fetched, Unreachable
from placet.services.refresh_lists import CANADA, EUROPE, GOOGLE, HOUR, WORDS, Source, load_library, refresh_lists
from placet.stores.list_folder import ListFolder

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
def cabinet(tmp_path):
    return ListFolder(tmp_path / "lists")


OURS = Source(EUROPE, URL)


async def look(cabinet, web, now=NOW, source=OURS, **more):
    (outcome,) = await refresh_lists([source], cabinet, web, now, DAY, **more)
    return outcome.what


def version(cabinet):
    return load_library(cabinet).vendors.version


async def test_a_newer_list_is_taken_and_its_etag_sent_the_next_time(cabinet):
    web = Web(Fetched(200, a_list(150), '"150"', 60), Fetched(304, b"", '"150"'))
    assert await look(cabinet, web) == "updated"
    assert version(cabinet) == 150
    assert await look(cabinet, web, NOW + DAY) == "unchanged"
    assert web.asked == [(URL, ""), (URL, '"150"')]


async def test_every_version_stays(cabinet, tmp_path):
    for number in (150, 151):
        await look(cabinet, Web(Fetched(200, a_list(number))), force=True)
    assert {path.name for path in (tmp_path / "lists" / EUROPE).iterdir()} == {"v150", "v151", "current.json"}
    assert version(cabinet) == 151


@pytest.mark.parametrize("later, age, what", [
    (DAY - 1, None, "fresh"), (DAY, None, "unchanged"),
    (DAY, 2 * 86_400, "fresh"), (2 * DAY - 1, 2 * 86_400, "fresh"), (2 * DAY, 2 * 86_400, "unchanged"),
    (HOUR, 60, "fresh"),
])  # fmt: skip
async def test_a_list_is_left_alone_while_it_is_fresh(cabinet, later, age, what):
    await look(cabinet, Web(Fetched(200, a_list(150), '"150"', age)))
    assert await look(cabinet, Web(Fetched(304)), NOW + later) == what


async def test_a_person_may_look_at_once(cabinet):
    await look(cabinet, Web(Fetched(200, a_list(150), '"150"', 86_400)))
    assert await look(cabinet, Web(Fetched(304)), NOW + 1, force=True) == "unchanged"


@pytest.mark.parametrize("body", [b"", b"<html>", a_list(150)[:-1], a_list(7)])
async def test_an_unsound_or_older_list_is_refused_and_ours_stays(cabinet, body):
    assert await look(cabinet, Web(Fetched(200, body, '"bad"'))) == "refused"
    assert version(cabinet) == bundled_library().vendors.version
    web = Web(Fetched(200, a_list(150)))
    await look(cabinet, web, force=True)
    assert web.asked == [(URL, "")]


async def test_a_server_that_is_away_is_asked_again_within_the_hour(cabinet):
    assert await look(cabinet, Web(Unreachable("away"))) == "unreachable"
    assert await look(cabinet, Web(), NOW + HOUR - 1) == "fresh"
    assert await look(cabinet, Web(Fetched(200, a_list(150))), NOW + HOUR) == "updated"


async def test_another_address_is_asked_without_the_old_etag(cabinet):
    await look(cabinet, Web(Fetched(200, a_list(150), '"150"', 86_400)))
    web = Web(Fetched(200, a_list(150)))
    assert await look(cabinet, web, NOW + 1, Source(EUROPE, "https://other.example/")) == "unchanged"
    assert web.asked[0][1] == ""


@pytest.mark.parametrize("damage", ["v150", "current.json"])
async def test_a_damaged_folder_means_the_bundled_list(cabinet, tmp_path, damage):
    await look(cabinet, Web(Fetched(200, a_list(150))))
    (tmp_path / "lists" / EUROPE / damage).write_bytes(b"\xff")
    assert load_library(cabinet).vendors is bundled_library().vendors


@pytest.mark.parametrize("name, body", [
    (GOOGLE, b'"provider_id","provider_name","policy_url","domains"\n7,"Seven","https://p.example",""\n'),
    (WORDS + "de", json.dumps({
        "purposes": {"1": {"id": 1, "name": "Speichern", "description": "d"}}, "specialPurposes": {}, "features": {},
        "specialFeatures": {},
    }).encode()),
])  # fmt: skip
async def test_other_lists_are_kept_alike(cabinet, name, body):
    assert await look(cabinet, Web(Fetched(200, body)), source=Source(name, URL)) == "updated"
    library = load_library(cabinet, ["de"])
    assert (7 in library.providers.by_id) is (name == GOOGLE)
    assert ((library.spoken("de-AT") or library.vendors.headings).purposes[1].name == "Speichern") is (name != GOOGLE)


async def test_a_list_of_another_kind_is_refused(cabinet):
    assert await look(cabinet, Web(Fetched(200, b"\xff\xfe")), source=Source(GOOGLE, URL)) == "refused"
    assert await look(cabinet, Web(Fetched(200, b"{}")), source=Source(CANADA, URL)) == "refused"
