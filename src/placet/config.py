"""Every setting of a server: what it means, its unit, its default.

A setting comes from the environment (`PLACET_PORT`), else from the file named by `--config` or `PLACET_CONFIG`
(TOML, `port = 8080`), else it has its default. An unknown or contradictory setting
stops the start; the message says how to fix it.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

PREFIX: Final = "PLACET_"
CONFIG: Final = "PLACET_CONFIG"
SECRET: Final = frozenset({"store_url", "master_secret"})
"""Never shown; may be given as `file:/path`, the path of a file that holds the value."""


PATH_PREFIX: Final = re.compile(r"(?:/[a-z0-9._~-]+)+")
HOST_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
LANGUAGE: Final = re.compile("[a-z]{2,3}(?:-[a-z]{2,8})?")


class BadSettings(Exception):
    """The server cannot start like this: what is wrong and what to do, one sentence each."""


class NoStore(BadSettings):
    """The store cannot be used: held by another server, damaged, unreachable, or of another master secret."""


class DomainSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a dialect is found too: below a prefix such as `/mp`, at a host name such as `mp.example.org`, or both."""

    prefix: str = ""
    host: str = ""


class DialectDomains(Struct, frozen=True, forbid_unknown_fields=True):
    """A door of its own for each dialect. The common one stays open."""

    cmp: DomainSetting = DomainSetting()
    web: DomainSetting = DomainSetting()
    segment: DomainSetting = DomainSetting()
    mparticle: DomainSetting = DomainSetting()

    def open(self) -> dict[str, DomainSetting]:
        """The doors there are, by dialect."""
        return {name: door for name in self.__struct_fields__ if (door := getattr(self, name)) != DomainSetting()}


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of one server process."""

    store_url: str = "sqlite:"
    """Where everything is kept: `sqlite:` (a file in the data folder), `sqlite:/path/to/file` or `postgresql://…`."""
    data_folder: str = "var"
    """Folder for what this node keeps for itself: the embedded store and the master secret."""
    store_check_seconds: float = 2.0
    """How long the start may look for damage in an embedded store, in seconds; 0 does not look."""
    master_secret: str = ""
    """Text of 32 characters or more from which all other secrets are derived. Empty: made once, in the data folder."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = 8080
    """TCP port to listen on; 0 lets the system choose."""
    socket: str = ""
    """Path of a Unix socket to listen on instead of host and port."""
    operations_host: str = "127.0.0.1"
    """Address to listen on for health, readiness and metrics, where `operations_port` is set."""
    operations_port: int = 0
    """TCP port for `/healthz`, `/readyz` and `/metrics` alone. 0: they are answered beside everything else."""
    public_url: str = ""
    """How browsers and apps reach this server, without a path. Empty: `http://host:port`."""

    faces: DialectDomains = DialectDomains()
    """Doors of their own for dialects, beside the common one: `{mparticle = {prefix = "/mp"}}`."""

    client_address_header: str = ""
    """Header in which a trusted proxy names the client's address. Empty: the connection's own address counts."""
    client_address_hops: int = 1
    """How many trusted proxies add to that header: the address counts from its right end."""
    country_header: str = ""
    """Header in which a trusted edge names the client's country (ISO 3166-1). Empty: no header is believed."""
    region_header: str = ""
    """Header in which a trusted edge names the client's state or region. Empty: no header is believed."""

    geoip_database: str = ""
    """MMDB file that tells countries by addresses, where no trusted header does. Empty: nobody is looked up."""

    body_bytes: int = 1_048_576
    """Longest request body, in bytes, before and after unpacking."""
    body_seconds: float = 10.0
    """Longest time for a body to arrive, in seconds."""
    header_bytes: int = 65_536
    """Longest request line and headers together, in bytes."""
    header_lines: int = 100
    """Most header lines of a request."""
    header_seconds: float = 10.0
    """Longest time for the headers to arrive, in seconds."""
    write_seconds: float = 30.0
    """Longest time in which a client may take nothing of an answer that waits for it, in seconds."""
    idle_seconds: int = 75
    """How long a connection may stay open without a request, in seconds."""
    connections: int = 10_000
    """Most open connections; a further one is answered 503."""

    rate_per_minute: int = 600_000
    """Requests a minute of one client network (/24 of IPv4, /56 of IPv6), whatever it asks for. 0: no limit."""
    rate_burst: int = 20_000
    """Requests that may come at once within that rate."""
    rate_callers: int = 100_000
    """Most callers that are counted apart; beyond it the one idle for longest is forgotten."""

    site_megabytes_per_hour: int = 1024
    """Megabytes of choices and receipts that may be stored for one site in an hour, by callers without a secret; one
    client network may use a tenth of it. Beyond: 429. 0: no limit."""
    source_megabytes_per_hour: int = 32_768
    """The same for the events of one source."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least important line that is logged."""
    log_format: Literal["auto", "json", "pretty"] = "auto"
    """One JSON object per line, or words for a person; auto is pretty on a terminal."""
    log_requests: Literal["problems", "all"] = "problems"
    """Which answers get a line: our own failures and slow ones, or every one."""
    slow_seconds: float = 1.0
    """From when on an answer is slow, in seconds."""

    token_leeway_seconds: int = 60
    """How far the clocks of those who issue profile tokens may be off, in seconds."""
    tokens_remembered: int = 4096
    """Genuine profile tokens of one organisation whose signature need not be checked again."""
    delivery_workers: int = 4
    """How many claims this node delivers at once, so that others go on while one waits; 0 leaves it to other nodes."""
    delivery_seconds: float = 10.0
    """How long a destination may take to answer, in seconds."""
    delivery_hold_seconds: float = 60.0
    """After how many seconds the deliveries of a node that died are taken over; at least twice `delivery_seconds`."""
    delivery_rest_ms: int = 100
    """How long a node that found nothing to deliver rests before it looks again, in milliseconds."""
    plugins: str = ""
    """Installed plugins to run on events, in this order, separated by commas. Empty: none, whatever is installed."""
    integrations_wait_ms: int = 1500
    """How long a page waits for its list of destinations, in milliseconds: old scripts need analytics.js by then."""
    plugin_seconds: float = 0.25
    """How long a plugin may take over one event, in seconds; one that takes longer has failed."""
    keep_events_days: int = 90
    """How long events, verdicts, what became of deliveries, and dead letters are kept, in days; 0 is for ever."""
    keep_withdrawals_days: int = 1095
    """How long withdrawals that destinations acknowledged are kept, in days; 0 is for ever."""
    mparticle_scripts: str = ""
    """Folder `node_modules/@mparticle` with the npm package web-sdk. Empty: its script is not served from here."""
    segment_scripts: str = ""
    """Folder `dist/umd` of the npm package @segment/analytics-next. Empty: analytics.js is not served from here."""
    refresh_ms: int = 250
    """How often a node looks for new publications, in milliseconds."""
    shutdown_seconds: float = 20.0
    """How long requests that were accepted may take to finish at shutdown, in seconds."""

    gvl_url: str = ""
    """Address of the IAB Europe vendor list, https only. Empty: the list that came with this version."""
    gvl_translations_url: str = ""
    """Address of its translations, with `{language}` where the language stands. Empty: the bundled ones."""
    gvl_languages: str = ""
    """Languages to fetch translations for, lower case, separated by commas: `de,fr,pt-br`."""
    google_list_url: str = ""
    """Address of Google's list of ad technology providers (CSV). Empty: the bundled list."""
    canada_list_url: str = ""
    """Address of the IAB Canada vendor list. Empty: the bundled list."""
    cmp_list_url: str = ""
    """Address of the list of registered consent platforms. Empty: the bundled list."""
    gvl_refresh_hours: float = 24.0
    """Shortest time between two looks at a list, in hours; a list that says it stays fresh for longer is believed."""
    fetch_private: bool = False
    """Lets lists be fetched from addresses in private networks, and over plain HTTP from this machine."""

    def __repr__(self) -> str:
        shown = (f"{name}={'***' if name in SECRET else getattr(self, name)!r}" for name in self.__struct_fields__)
        return f"Config({', '.join(shown)})"

    @property
    def languages_wanted(self) -> tuple[str, ...]:
        """The languages of `gvl_languages`."""
        return tuple(each.strip() for each in self.gvl_languages.split(",") if each.strip())

    @property
    def plugin_names(self) -> tuple[str, ...]:
        """The names in `plugins`."""
        return tuple(each.strip() for each in self.plugins.split(",") if each.strip())

    @property
    def embedded(self) -> bool:
        """Is everything kept in one file of this machine?"""
        return self.store_url.startswith("sqlite:")


def load_config(path: str | None, environ: Mapping[str, str] = os.environ) -> Config:
    """The settings of file and environment. Raises BadSettings for the first one that will not do."""
    named = path or environ.get(CONFIG)
    found = _from_file(Path(named)) if named else {}
    found |= _from_environment(environ)
    for name in SECRET & found.keys():
        found[name] = _opened(name, found[name])
    try:
        config = msgspec.convert(found, Config, strict=False)
    except msgspec.ValidationError as why:
        raise BadSettings(f"A setting has the wrong type: {why}.") from why
    check(config)
    return config


def check(config: Config) -> None:
    """Raises BadSettings when the settings contradict one another or the world."""
    for wrong, cure in CONTRADICTIONS:
        if wrong(config):
            raise BadSettings(cure)


CONTRADICTIONS: Final[tuple[tuple[Callable[[Config], bool], str], ...]] = (
    (
        lambda it: urlsplit(it.store_url).scheme not in {"sqlite", "postgresql", "postgres"},
        "store_url names no store we know. Use sqlite:, sqlite:/path/to/file or postgresql://user@host/database.",
    ),
    (
        lambda it: not it.embedded and not it.master_secret,
        "A shared store needs the same master_secret on every node. Set PLACET_MASTER_SECRET, for example to the "
        "output of `openssl rand -hex 32`.",
    ),
    (
        lambda it: 0 < len(it.master_secret) < 32,
        "master_secret is shorter than 32 characters and could be guessed. Use the output of `openssl rand -hex 32`.",
    ),
    (
        lambda it: not 0 <= it.integrations_wait_ms <= 5_000,
        "integrations_wait_ms must be from 0 to 5000.",
    ),
    (
        lambda it: not 0 < it.plugin_seconds <= 10 or len(set(it.plugin_names)) < len(it.plugin_names),
        "plugin_seconds must be more than 0 and at most 10, and plugins must name each plugin once.",
    ),
    (
        lambda it: not 0 <= it.port <= 65535,
        "port is no TCP port. Use a number from 0 to 65535 (0: any free one).",
    ),
    (lambda it: not 0 <= it.store_check_seconds <= 3600, "store_check_seconds must be from 0 to 3600 seconds."),
    (
        lambda it: not 0 <= it.operations_port <= 65535 or 0 < it.operations_port == it.port,
        "operations_port must be a TCP port (1 to 65535) other than port, or 0 for no port of its own.",
    ),
    (
        lambda it: bool(it.socket) and (it.host, it.port) != (Config().host, Config().port),
        "Both socket and host or port are set, but a server listens on one of them. Remove the other.",
    ),
    (
        lambda it: bool(it.public_url) and not _is_origin(it.public_url),
        "public_url is not an origin. Write scheme and host only, without a path: https://consent.example.org.",
    ),
    (
        lambda it: any(door.prefix and not PATH_PREFIX.fullmatch(door.prefix) for door in it.faces.open().values()),
        "A prefix of faces is no path. Begin it with a slash and end it without one: /mp.",
    ),
    (
        lambda it: any(door.host and not HOST_NAME.fullmatch(door.host) for door in it.faces.open().values()),
        "A host of faces is no host name. Write it in lower case, without scheme and port: mp.example.org.",
    ),
    (
        lambda it: len(set(it.faces.open().values())) < len(it.faces.open()),
        "Two faces have the same door. Give each a prefix or host of its own.",
    ),
    (
        lambda it: it.client_address_hops != 1 and not it.client_address_header,
        "client_address_hops counts places in client_address_header, which is not set. Set it, or remove the hops.",
    ),
    (lambda it: it.client_address_hops < 1, "client_address_hops starts at 1, the right end of the header."),
    (
        lambda it: it.header_bytes < 1024 or it.header_lines < 10,
        "Ordinary browsers need more headers than that. Use header_bytes >= 1024 and header_lines >= 10.",
    ),
    (
        lambda it: min(it.body_bytes, it.idle_seconds, it.connections, it.rate_callers, it.tokens_remembered) < 1,
        "body_bytes, idle_seconds, connections, rate_callers and tokens_remembered must be at least 1.",
    ),
    (
        lambda it: min(it.body_seconds, it.header_seconds, it.write_seconds, it.slow_seconds, it.shutdown_seconds) <= 0,
        "body_seconds, header_seconds, write_seconds, slow_seconds and shutdown_seconds must be more than 0.",
    ),
    (
        lambda it: it.rate_per_minute < 0 or it.rate_burst < 1,
        "rate_per_minute must be 0 (no limit) or more, and rate_burst at least 1.",
    ),
    (
        lambda it: min(it.site_megabytes_per_hour, it.source_megabytes_per_hour) < 0,
        "site_megabytes_per_hour and source_megabytes_per_hour must be 0 (no limit) or more.",
    ),
    (lambda it: it.token_leeway_seconds < 0, "token_leeway_seconds must be 0 or more."),
    (
        lambda it: bool(it.gvl_translations_url) != bool(it.gvl_languages),
        "gvl_translations_url and gvl_languages belong together: an address with {language} in it, and which ones.",
    ),
    (
        lambda it: bool(it.gvl_translations_url) and "{language}" not in it.gvl_translations_url,
        "gvl_translations_url says nowhere where the language stands. Write {language} in its place.",
    ),
    (
        lambda it: not all(LANGUAGE.fullmatch(each) for each in it.languages_wanted),
        "gvl_languages is not a list of languages. Write them in lower case with commas: de,fr,pt-br.",
    ),
    (lambda it: it.gvl_refresh_hours <= 0, "gvl_refresh_hours must be more than 0."),
    (
        lambda it: not 0 < it.delivery_seconds <= it.delivery_hold_seconds / 2,
        "delivery_seconds must be more than 0, and delivery_hold_seconds at least twice as long: a node must not "
        "take over what another is still sending.",
    ),
    (
        lambda it: not (1 <= it.delivery_rest_ms <= 10_000 and 0 <= it.delivery_workers <= 64),
        "delivery_rest_ms must be from 1 to 10000 milliseconds, and delivery_workers from 0 to 64.",
    ),
    (
        lambda it: not (0 <= it.keep_events_days <= 36_500 and 0 <= it.keep_withdrawals_days <= 36_500),
        "keep_events_days and keep_withdrawals_days must be from 0 (for ever) to 36500 days.",
    ),
    (
        lambda it: not 10 <= it.refresh_ms <= 10_000,
        "refresh_ms must be from 10 (four times a second is plenty) to 10000 milliseconds.",
    ),
)
"""What must not be, and the cure."""


def _from_file(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except OSError as why:
        cure = "Name a file that exists with --config or PLACET_CONFIG."
        raise BadSettings(f"{path} cannot be read ({why.strerror}). {cure}") from why
    except ValueError as why:
        raise BadSettings(f"{path} is not TOML: {why}. Write lines such as: port = 8080") from why
    for name in found:
        _expect_known(name, name, f"{path}: ")
    return found


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for variable, value in environ.items():
        if not variable.startswith(PREFIX) or variable == CONFIG:
            continue
        name = variable.removeprefix(PREFIX).lower()
        _expect_known(name, variable, "")
        found[name] = _doors(value) if name == "faces" else value
    return found


def _doors(text: str) -> object:
    """Doors as a variable writes them: in JSON."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as why:
        cure = 'Write {"mparticle": {"prefix": "/mp"}}, or put them into the file.'
        raise BadSettings(f"PLACET_FACES is not JSON: {why}. {cure}") from why


def _expect_known(name: str, spelt: str, place: str) -> None:
    if name in Config.__struct_fields__:
        return
    close = get_close_matches(name, Config.__struct_fields__, 1)
    cure = f"Did you mean {close[0]}?" if close else "docs/reference/settings.md lists every setting."
    raise BadSettings(f"{place}there is no setting {spelt}. {cure}")


def _opened(name: str, value: object) -> object:
    """A secret, or what the file it names holds."""
    if not isinstance(value, str) or not value.startswith("file:"):
        return value
    try:
        return Path(value.removeprefix("file:")).read_text("utf-8").strip()
    except (OSError, ValueError) as why:
        raise BadSettings(f"The file that {name} names cannot be read. Check the path and who may read it.") from why


def _is_origin(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and url == f"{parts.scheme}://{parts.netloc}"
