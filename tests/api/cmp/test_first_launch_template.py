"""An answer from a template is, byte for byte, the answer told the usual way with the same id and time."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from placet.api.cmp import write_response
from placet.api.cmp.first_launch_template import MARK, MOST
from placet.api.cmp.read_request import read_consent_request, read_options
from placet.formats.tcf.tcf import decode
from placet.services.consent.show_notice import show_notice
from placet.settings.notices import Notice
from placet.settings.regions import Place
from tests.api.cmp.device import API, Device, opened, why
from tests.api.node_context import Answer, Server, northwind, ot_headers, put_live, start
from tests.clients.deployment import PATIENCE

DRAW = {
    "banner": write_response.banner_answer,
    "preferences": write_response.preferences_answer,
    "vendors": write_response.vendors_answer,
    "uc-purposes": write_response.universal_answer,
}
SITES = {f"{space.id}/{site.id}": space.languages for space in northwind().workspaces for site in space.sites}
PLACES = [("DE", "BE"), ("GB", ""), ("US", "CA"), ("US", "TX"), ("JP", ""), ("", "")]


async def told(server: Server, route: str, headers: dict[str, str], id: str) -> bytes:
    """The answer to a new device called `id`, without any template."""
    raw = {name.lower().encode(): value.encode() for name, value in headers.items()}
    shown = await show_notice(read_consent_request(raw, Place()), server.node.context, server.clock(), id)
    return DRAW[route](shown.context, shown.status, read_options(raw))


def minted(answer: Answer) -> str:
    """The id that was made for the device; none is told with universal purposes."""
    said = answer.json
    return opened(said["otConsentString"])["dsId"] if "otConsentString" in said else "nobody"


async def compare(server: Server, route: str, headers: dict[str, str]) -> None:
    """The first answer (told) and the second one (from the template it left) are both as if told."""
    for _ in range(2):
        answer = await server.ask("GET", f"{API}/{route}", headers)
        assert answer.status == 200
        assert answer.body == await told(server, route, headers, minted(answer))
        assert MARK.encode() not in answer.body
        server.clock.wait(1)


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("route", DRAW)
async def test_every_site_device_language_and_country(server: Server, site: str, route: str) -> None:
    for kind in ("mobile", "ctv"):
        for language in ("pt-BR", *SITES[site]):
            for country, region in PLACES:
                device = Device(server, site, country, region, kind)
                await compare(server, route, device.headers(OT_Language=language))


HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "OT-Language": st.sampled_from(["", "en", "de", "fr", "es", "it", "nl", "DE_at", "xx", "no-such-tag-at-all"]),
        "OT-Country-Code": st.sampled_from(["DE", "de", "US", "XX", "T1", "", "JP", "ZZ", "QQ"]),
        "OT-Region-Code": st.sampled_from(["", "CA", "ca", "TX", "BE"]),
        "OT-Fetch-Type": st.sampled_from(["", "APP_DATA_ONLY", "APP_DATA_AND_PROFILE", "APP_DATA_AND_SYNC_PROFILE"]),
        "OT-Force-Fetch": st.sampled_from(["true", "TRUE", "false", ""]),
        "OT-Platform": st.sampled_from(["Apple", "Android", "Roku", "", "apple"]),
        "OT-Device-Type": st.sampled_from(["mobile", "ctv", "CTV"]),
        "OT-CDN-Location": st.sampled_from(["cdn.cookielaw.org", "cdn-apac.onetrust.com", "a.example"]),
        "OT-SDK-Version": st.sampled_from(["202606.1.0", "202602.1.0", "latest"]),
        "OT-Exclude-Html-Tags": st.sampled_from(["true", "false"]),
        "OT-Geolocation-Skip-Validation": st.sampled_from(["true", "false", ""]),
        "OT-Explicit-Consent": st.sampled_from(["true", ""]),
        "OT-Identifier-UpdateType": st.sampled_from(["Rename-Identifier", ""]),
        "OT-SDK-Identification": st.text("abc/.0123456789", max_size=12),
        "Sec-GPC": st.sampled_from(["1", "0", ""]),
        "Accept-Language": st.sampled_from(["de", "en;q=1"]),
        "User-Agent": st.text("abcXYZ 019/.", max_size=20),
        "X-Anything": st.text("abc", max_size=5),
    },
)


def test_any_headers_at_all() -> None:
    """One server for all examples: so templates of one set of headers meet the calls of the others."""

    async def run() -> None:
        server = await start()

        async def one(route: str, site: str, more: dict[str, str]) -> None:
            headers = ot_headers(server.app_id(site)) | more
            first, second = [await server.ask("GET", f"{API}/{route}", headers) for _ in range(2)]
            assert first.status == second.status
            for answer in (first, second):
                if answer.status == 200:
                    assert answer.body == await told(server, route, headers, minted(answer))

        loop = asyncio.get_running_loop()

        @settings(max_examples=150)
        @given(st.sampled_from(sorted(DRAW)), st.sampled_from(sorted(SITES)), HEADERS)
        def search(route: str, site: str, more: dict[str, str]) -> None:
            asyncio.run_coroutine_threadsafe(one(route, site, more), loop).result(PATIENCE)

        await asyncio.to_thread(search)
        await server.node.close()

    asyncio.run(run())


async def test_no_device_gets_anothers_id(server: Server) -> None:
    ids = {minted(await Device(server).ask()) for _ in range(50)}

    assert len(ids) == 50


async def test_nothing_of_one_visitor_reaches_the_next(server: Server) -> None:
    known = Device(server)
    await known.press("BANNER_ALLOW_ALL", customDataElements={"secret": "of the first visitor"})
    mine = opened(known.memory)["dsId"]
    for route in DRAW:
        await known.look(route)
        fresh = await Device(server).ask(route)
        assert mine.encode() not in fresh.body
        assert why(fresh.json) == (True, 101) if "appConfig" in fresh.json else True
        assert "OT_LastConsentedDate" not in fresh.json.get("storageKeys", {})


async def test_a_first_launch_tells_the_time_of_its_own(server: Server) -> None:
    for _ in range(3):
        answer = await Device(server).ask()
        assert opened(answer.json["otConsentString"])["lastLaunchDate"] == server.clock()
        server.clock.wait(60_000)


async def test_a_template_lasts_for_a_day_because_strings_carry_the_day(server: Server) -> None:
    days = set()
    for _ in range(3):
        said = (await Device(server, "news/news-app", "NL").ask()).json["storageKeys"]
        days.add(decode(said["IABTCF_TCString"]).created)
        server.clock.wait(12 * 3_600_000)
    assert len(days) == 2


async def test_a_new_publication_retires_every_template(server: Server) -> None:
    before = {route: (await Device(server).ask(route)).body for route in DRAW}
    assert before
    spaces = tuple(
        replace(space, name=space.name + "!", notices=tuple(renamed(notice) for notice in space.notices))
        for space in server.organisation.workspaces
    )
    await put_live(replace(server.organisation, workspaces=spaces), server.node.context.stores, server.clock())
    unchanged = (await Device(server).look())["bannerUIData"]["summary"]["title"]["text"]
    await server.refresh()
    changed = (await Device(server).look())["bannerUIData"]["summary"]["title"]["text"]

    assert (unchanged, changed) == ("Before you set out", "Something new")


def renamed(notice: Notice) -> Notice:
    """The notice under another title."""
    return replace(notice, banner=replace(notice.banner, title={"en": "Something new"}))


async def test_templates_do_not_grow_without_end(server: Server) -> None:
    for n in range(MOST + 40):
        answer = await Device(server).ask(OT_SDK_Version=f"202606.{n}.0", OT_Language="de")
        assert answer.status == 200

    again = await Device(server).ask(OT_SDK_Version="202606.0.0", OT_Language="de")
    assert again.json["bannerUIData"]["summary"]["title"]["text"] == "Bevor es losgeht"
