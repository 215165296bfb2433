"""The hosts of others that categories reach, and the ids under which people may answer about each."""

from zlib import crc32

from placet.settings.purposes import Category


def hosts_of(category: Category) -> tuple[str, ...]:
    """Those whose tags wait for it, then those that set its cookies; each once."""
    strange = (cookie.host for cookie in category.cookies if cookie.third_party)
    return tuple(dict.fromkeys((*category.hosts, *strange)))


def lasting_id(category: str, host: str) -> str:
    """`H` and ten digits. It stays when other hosts come or go: an answer must never pass to another host."""
    return f"H{crc32(f'{category} {host}'.encode()):010}"


def switched(category: Category) -> tuple[str, ...]:
    """The ids of its hosts, in their order."""
    return tuple(lasting_id(category.id, host) for host in hosts_of(category))
