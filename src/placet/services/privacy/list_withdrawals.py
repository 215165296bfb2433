"""How far withdrawals have come, for those who must answer for it; nobody's name is told."""

from msgspec import Struct
from msgspec.structs import replace

from placet.errors import Missing
from placet.privacy.withdrawal_state import WithdrawalState
from placet.stores.ports.data_holdings import Withdrawal
from placet.stores.ports.stores import Stores


class WithdrawalStatus(Struct, frozen=True):
    """A withdrawal as it may be shown: where, which purposes, how far, when that last changed (epoch ms), and why.

    `person` is a pseudonym, in hex.
    """

    id: str
    source: str
    connection: str
    person: str
    purposes: tuple[str, ...]
    at: int
    state: WithdrawalState
    changed: int
    tries: int
    why: str


async def list_withdrawals(
    organisation: str,
    stores: Stores,
    state: WithdrawalState | None = None,
    limit: int = 100,
    before: str = "",
    under: str = "",
) -> list[WithdrawalStatus]:
    """An organisation's withdrawals, newest first; `under` keeps those of one workspace."""
    last = bytes.fromhex(before) if before else None
    found: list[Withdrawal] = []
    while len(found) < limit:
        page = await stores.holdings.withdrawals(organisation, state, limit, last)
        found += [one for one in page if one.source.startswith(under)]
        if len(page) < limit:
            break
        last = page[-1].id
    return [shown(one) for one in found[:limit]]


async def acknowledge(organisation: str, id: str, stores: Stores, now: int, under: str = "") -> WithdrawalStatus:
    """Somebody saw that the destination has carried it out. Raises Missing."""
    one = await stores.holdings.withdrawal(bytes.fromhex(id))
    if one.organisation != organisation or not one.source.startswith(under):
        raise Missing(f"no withdrawal {id}")
    await stores.holdings.settle([], one.id, WithdrawalState.ACKNOWLEDGED, now, one.attempts)
    return shown(replace(one, state=WithdrawalState.ACKNOWLEDGED, changed=now, why=""))


def shown(one: Withdrawal) -> WithdrawalStatus:
    """A withdrawal without anybody's names."""
    return WithdrawalStatus(
        one.id.hex(),
        one.source,
        one.connection,
        one.person.hex(),
        one.purposes,
        one.at,
        one.state,
        one.changed,
        one.attempts,
        one.why,
    )
