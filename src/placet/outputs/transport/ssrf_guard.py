"""Checks outgoing addresses against SSRF: a name is resolved once, its addresses checked, the checked one connected to.

Every module that opens an outgoing connection checks here first. Private network addresses, in any spelling, wrapping
or name, are refused unless a setting allows them.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct


class Unreachable(Exception):
    """The document or server cannot be reached; the message is for an operator. Keep the old copy and retry later."""


class AllowedHosts(Struct, frozen=True):
    """What is allowed besides public addresses: `private` the private network, `here` this machine, also by plain HTTP.

    `cure` names the setting that would have allowed it.
    """

    private: bool = False
    here: bool = False
    cure: str = ""


Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host; raises OSError."""


async def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host from the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def checked_address(url: str, allowed: AllowedHosts) -> SplitResult:
    """The parsed URL, if its scheme and host are allowed. Raises Unreachable."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as why:
        raise Unreachable(f"{url[:200]!r} is not an address: {why}") from None
    if not host or parts.username is not None or port == 0 or not url.isascii() or not url.isprintable():
        raise Unreachable(f"{url[:200]!r} is not an address we call: write https://host/path")
    if parts.scheme == "https" or (parts.scheme == "http" and allowed.here and _names_here(host)):
        return parts
    raise Unreachable(f"{parts.scheme}:// is not called: only https:// is")


def port_of(parts: SplitResult) -> int:
    """The port of the URL, or the scheme's default."""
    return parts.port or (443 if parts.scheme == "https" else 80)


async def address_of(parts: SplitResult, allowed: AllowedHosts, resolve: Resolve = resolved) -> str:
    """The address to connect to. Every address of the name must be allowed, so that a forbidden one cannot be mixed in.

    Raises Unreachable, and OSError when the name cannot be resolved.
    """
    host = str(parts.hostname)
    addresses = await resolve(host, port_of(parts))
    if not addresses:
        raise Unreachable(f"{host} has no address")
    for each in addresses:
        here = ipaddress.ip_address(each.partition("%")[0]).is_loopback
        inside = allowed.private or (allowed.here and here)
        if (parts.scheme == "http" and not here) or not (inside or is_public(each)):
            raise Unreachable(f"{host} lies in a private network ({each}): {allowed.cure}")
    return addresses[0]


def _names_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_public(address: str) -> bool:
    """Is this a public address? One that embeds an IPv4 address is checked by that address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if inner:
            return is_public(str(inner))
        if found in ipaddress.IPv6Network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast
