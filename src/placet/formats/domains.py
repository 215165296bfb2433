"""Which host names have one owner: the Public Suffix List says under which names anyone may register."""

from collections.abc import Iterable
from functools import cache

from publicsuffixlist import PublicSuffixList


@cache
def _list() -> PublicSuffixList:
    """The list bundled with the library, read once."""
    return PublicSuffixList()


def is_public_suffix(host: str) -> bool:
    """True for `com`, `co.uk`, `github.io`: browsers set no cookie for domains that many owners share."""
    return _list().privatesuffix(host) is None


def common_domain(origins: Iterable[str]) -> str:
    """The host suffix all these origins share, without a leading `www.`; at least two labels, possibly a public
    suffix."""
    hosts = [host_of(origin).split(".")[::-1] for origin in origins]
    shared: list[str] = []
    for parts in zip(*hosts, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    domain = ".".join(reversed(shared))
    return domain.removeprefix("www.") if len(shared) > 1 else ""


def host_of(origin: str) -> str:
    """The host name of `https://host:port`."""
    return origin.partition("://")[2].partition(":")[0]
