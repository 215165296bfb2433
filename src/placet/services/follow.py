"""How far withdrawals have come, for those who must answer for it; nobody's name is told."""

from msgspec import Struct
from msgspec.structs import replace

from placet.stores.ports import Missing, State, Stores, Withdrawal


class Followed(Struct, frozen=True):
    """A withdrawal as it may be shown: where, which purposes, how far, when that last changed (epoch ms), and why.

    `person` is a pseudonym, in hex.
    """

    id: str
    source: str
    connection: str
    person: str
    purposes: tuple[str, ...]
    at: int
    state: State
    changed: int
    tries: int
    why: str


async def follow(
    organisation: str, stores: Stores, state: State | None = None, most: int = 100, before: str = "", under: str = ""
) -> list[Followed]:
    """An organisation's withdrawals, newest first; `under` keeps those of one workspace."""
    last = bytes.fromhex(before) if before else None
    found: list[Withdrawal] = []
    while len(found) < most:
        page = await stores.holdings.withdrawals(organisation, state, most, last)
        found += [one for one in page if one.source.startswith(under)]
        if len(page) < most:
            break
        last = page[-1].id
    return [shown(one) for one in found[:most]]


async def acknowledge(organisation: str, id: str, stores: Stores, now: int, under: str = "") -> Followed:
    """Somebody saw that the destination has carried it out. Raises Missing."""
    one = await stores.holdings.withdrawal(bytes.fromhex(id))
    if one.organisation != organisation or not one.source.startswith(under):
        raise Missing(f"no withdrawal {id}")
    await stores.holdings.settle([], one.id, State.ACKNOWLEDGED, now, one.tries)
    return shown(replace(one, state=State.ACKNOWLEDGED, changed=now, why=""))


def shown(one: Withdrawal) -> Followed:
    """A withdrawal without anybody's names."""
    return Followed(
        one.id.hex(),
        one.source,
        one.connection,
        one.person.hex(),
        one.purposes,
        one.at,
        one.state,
        one.changed,
        one.tries,
        one.why,
    )
