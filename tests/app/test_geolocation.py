"""A visitor's place: by the header of a trusted edge, else by a GeoIP database in the MMDB format."""

import ipaddress
from pathlib import Path

import pytest
from msgspec import json

from placet.app.derived_secrets import secrets_of
from placet.app.geolocation import NO_PLACE, can_locate, locate_with, open_database
from placet.app.node import Node, open_app
from placet.app.startup_checks import warn_of_sites
from placet.cli import run
from placet.config import BadSettings, Config
from placet.settings.regions import Place
from placet.stores.memory.stores import MemoryStores
from tests.api.asgi import ask
from tests.api.node_context import start

BERLIN = {"country": {"iso_code": "DE"}, "subdivisions": [{"iso_code": "BE"}]}
CALIFORNIA = {"country": {"iso_code": "US"}, "subdivisions": [{"iso_code": "CA"}]}
FRANCE = {"country_code": "FR"}


def packed(value: object) -> bytes:
    """A value in the MMDB data format (MaxMind DB file format, section "Data section")."""
    if isinstance(value, dict):
        return control(7, len(value)) + b"".join(packed(k) + packed(v) for k, v in value.items())
    if isinstance(value, list):
        return bytes([len(value), 11 - 7]) + b"".join(map(packed, value))
    if isinstance(value, tuple):
        number, size = value
        return bytes([size, 9 - 7] if size == 8 else [{2: 5, 4: 6}[size] << 5 | size]) + number.to_bytes(size)
    text = str(value).encode()
    return control(2, len(text)) + text


def control(kind: int, size: int) -> bytes:
    assert size < 285
    return bytes([kind << 5 | size]) if size < 29 else bytes([kind << 5 | 29, size - 29])


def write_mmdb(path: Path, networks: dict[str, object], kind: str = "Test-City") -> Path:
    """A small MMDB file: IPv4 networks in an IPv6 tree, 24 bits a record."""
    nodes: list[list[int | tuple[int]]] = [[0, 0]]
    data, offsets = b"", {}
    for network, record in networks.items():
        offsets[network] = len(data)
        data += packed(record)
        parsed = ipaddress.ip_network(network)
        start = 96 if parsed.version == 4 else 0
        bits = f"{int(parsed.network_address):0{parsed.max_prefixlen}b}"[: parsed.prefixlen]
        at, path_bits = 0, "0" * start + bits
        for bit in path_bits[:-1]:
            if nodes[at][int(bit)] == 0:
                nodes.append([0, 0])
                nodes[at][int(bit)] = len(nodes) - 1
            at = nodes[at][int(bit)]
        nodes[at][int(path_bits[-1])] = (offsets[network],)
    count = len(nodes)

    def record_of(value: int | tuple[int]) -> bytes:
        number = value[0] + count + 16 if isinstance(value, tuple) else value or count
        return number.to_bytes(3)

    tree = b"".join(record_of(left) + record_of(right) for left, right in nodes)
    about = {"node_count": (count, 4), "record_size": (24, 2), "ip_version": (6, 2), "build_epoch": (1, 8)}
    about |= {"binary_format_major_version": (2, 2), "binary_format_minor_version": (0, 2)}
    about |= {"database_type": kind, "languages": ["en"], "description": {"en": "a test"}}
    path.write_bytes(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + packed(about))
    return path


@pytest.fixture
def database(tmp_path: Path) -> str:
    networks = {"192.0.2.0/24": BERLIN, "198.51.100.0/25": CALIFORNIA, "2001:db8::/32": FRANCE}
    return str(write_mmdb(tmp_path / "places.mmdb", networks))


async def located(config: Config, client: str, *headers: tuple[str, str]) -> tuple[str, str]:
    """Country and state as the server tells them to a browser."""
    node = Node(config, MemoryStores(), secrets_of(b"m" * 32))
    answer = await ask(node.app, "GET", "/cookieconsentpub/v1/geo/location", headers, client=(client, 5000))
    told = json.decode(answer.body)
    return told["country"], told["state"]


@pytest.mark.parametrize("address, place", [
    ("192.0.2.7", Place("DE", "BE")),
    ("198.51.100.1", Place("US", "CA")),
    ("198.51.100.200", Place()),
    ("2001:db8::1", Place("FR", "")),
    ("203.0.113.1", Place()),
    ("", Place()),
    ("nonsense", Place()),
    ("192.0.2.7:80", Place()),
    ("fe80::1%eth0", Place()),
])  # fmt: skip
def test_an_address_is_in_a_country_and_subdivision(database: str, address: str, place: Place) -> None:
    assert open_database(Path(database))(address) == place


@pytest.mark.parametrize("content", [None, b"", b"no database", b"\xab\xcd\xefMaxMind.com"])
def test_what_is_no_database_stops_the_start(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.mmdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadSettings, match=r"geoip_database .+x\.mmdb cannot be read.+MMDB"):
        locate_with(Config(geoip_database=str(path)))


def test_a_database_of_something_else_stops_the_start(tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "asn.mmdb", {"192.0.2.0/24": {"asn": "1"}}, "Test-ASN")
    with pytest.raises(BadSettings, match="holds no countries"):
        open_database(path)


async def test_the_connections_address_counts_unless_a_proxy_is_trusted(database: str) -> None:
    forwarded = ("X-Forwarded-For", "198.51.100.1")
    plain = Config(geoip_database=database)
    assert await located(plain, "192.0.2.7", forwarded) == ("DE", "BE")
    trusting = Config(geoip_database=database, client_address_header="X-Forwarded-For")
    assert await located(trusting, "192.0.2.7", forwarded) == ("US", "CA")


async def test_a_header_of_the_edge_comes_first_only_where_it_is_trusted(database: str) -> None:
    country, region = ("CF-IPCountry", "FR"), ("CF-Region-Code", "IDF")
    assert await located(Config(geoip_database=database), "192.0.2.7", country, region) == ("DE", "BE")
    trusting = Config(geoip_database=database, country_header="CF-IPCountry", region_header="CF-Region-Code")
    assert await located(trusting, "192.0.2.7", country, region) == ("FR", "IDF")
    assert await located(trusting, "192.0.2.7") == ("DE", "BE")


async def test_nobody_is_anywhere_without_header_and_database() -> None:
    assert await located(Config(), "192.0.2.7", ("CF-IPCountry", "FR")) == ("XX", "")


def test_whether_anybody_can_be_located() -> None:
    assert not can_locate(Config())
    assert can_locate(Config(country_header="cf-ipcountry"))
    assert can_locate(Config(geoip_database="x.mmdb"))


async def test_a_server_opens_without_a_database_and_not_with_a_broken_one(tmp_path: Path) -> None:
    (tmp_path / "x.mmdb").write_bytes(b"x")
    with pytest.raises(BadSettings, match="geoip_database"):
        await open_app(Config(data_folder=str(tmp_path / "var"), geoip_database=str(tmp_path / "x.mmdb"), port=0))
    await (await open_app(Config(data_folder=str(tmp_path / "var"), port=0))).close()


@pytest.mark.parametrize("more, warned", [({}, True), ({"country_header": "CF-IPCountry"}, False)])
async def test_rules_by_place_without_a_way_to_tell_places_are_warned_of(caplog, more, warned) -> None:
    server = await start()
    sites = [each.publication.site for each in server.node.context.published_settings.current().values()]
    await server.node.close()
    caplog.clear()
    warn_of_sites(sites, Config(**more))
    assert (NO_PLACE in caplog.text) is warned


@pytest.mark.parametrize("places, warned", [("", False), ('["*"]', False), ("[DE]", True), ('[DE, "*"]', True)])
def test_a_rule_for_everywhere_depends_on_no_place(
    tmp_path: Path, monkeypatch, capsys, places: str, warned: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    written = f", places: {places}" if places else ""
    (tmp_path / "shop.yaml").write_text(one_rule(written))
    assert run(["check", "shop.yaml"]) in (0, 1)
    assert (NO_PLACE in capsys.readouterr().err.replace("\n", " ")) is warned


def one_rule(more: str) -> str:
    """Settings with one region rule."""
    return f"""
id: 0f6f1c1e-58a4-4a7e-9d0c-6a5f0f3d2b11
name: Shop
purposes: [{{id: run, name: Run}}]
workspaces:
  - id: shop
    name: Shop
    languages: [en]
    categories: [{{id: C0001, purpose: run, name: Needed}}]
    notices:
      - id: ask
        banner: {{title: t, description: d, accept: a, reject: r}}
        preferences: {{title: t, description: d, confirm: c}}
    region_rules:
      - id: world
        rules: [{{id: all, name: All, notice: ask, default: true, statuses: {{C0001: always active}}{more}}}]
    sites: [{{id: web, app_id: 3d0f7f0a-5c39-4ac9-8d2e-0d7d6a8f4e21, name: Web, rules: world, origins: ["https://a.example"]}}]
"""
