"""mParticle's dialect, and Segment's, behind doors of their own: links and signatures hold there too."""

from placet.config import Config, DialectDomains, DomainSetting
from tests.api.mparticle.sample_shop import BASIC, SERVER, WEB, a_batch, app, counted, open_shop
from tests.api.mparticle.test_compact_batches import BATCH
from tests.api.node_context import Server, start

DOORS = DialectDomains(mparticle=DomainSetting(prefix="/mp"), segment=DomainSetting(host="events.example"))


async def doored() -> Server:
    """A server with two doors."""
    server = await start(config=Config(faces=DOORS, public_url="https://consent.example"))
    await open_shop(server)
    return server


async def test_everything_is_found_below_a_prefix_and_leads_back_below_it() -> None:
    server = await doored()
    assert (await server.ask("POST", "/mp/v2/events", BASIC, a_batch())).status == 202
    assert (await app(server, BATCH, f"/nativeevents/v2/{SERVER}/events", prefix="/mp")).status == 202
    config = (await server.ask("GET", f"/mp/JS/v2/{WEB}/config?env=0")).json
    assert config["serviceUrl"] == "consent.example/mp/v2/JS/"
    assert counted(server)["kept"] == 10
    await server.node.close()


async def test_a_host_of_its_own_is_where_clients_are_sent_back_to() -> None:
    server = await doored()
    settings = f"/v1/projects/{WEB}/settings"
    there = await server.ask("GET", settings, {"Host": "events.example"})
    here = await server.ask("GET", settings, {"Host": "consent.example"})
    assert there.json["integrations"]["Segment.io"]["apiHost"] == "events.example/v1"
    assert here.json["integrations"]["Segment.io"]["apiHost"] == "consent.example/v1"
    await server.node.close()
