"""Operators see what was given up and how far withdrawals have come, and make tokens, through the door they use."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import json

from placet.cli import run
from placet.events.event import Identity
from placet.events.records.task import DELIVER, DeliveryTask
from placet.privacy.withdrawal_state import WithdrawalState
from placet.stores.open import open_stores
from placet.stores.ports.data_holdings import Withdrawal
from placet.stores.ports.events import Batch
from placet.stores.ports.outbox import OutboxMessage
from placet.stores.ports.stores import Stores
from tests.small_organisation import SMALL
from tests.used_store import used_store

ORGANISATION = "11111111-1111-4111-8111-111111111111"
Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Carries out a command line on a store with the small organisation in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLACET_DATA_FOLDER", str(tmp_path / "var"))
    monkeypatch.setenv("SECRET", "s" * 32)
    monkeypatch.setenv("NO_COLOR", "1")
    asyncio.run(used_store(url(tmp_path)))
    (tmp_path / "shop.yaml").write_text(SMALL)

    def carry_out(*tokens: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([str(token) for token in tokens])
        spoken = capsys.readouterr()
        return code, spoken.out, spoken.err

    assert carry_out("apply", tmp_path / "shop.yaml")[0] == 0
    return carry_out


def url(folder: Path) -> str:
    return f"sqlite:///{folder}/var/placet.db"


def in_store(folder: Path, use_case: Callable[[Stores], object]) -> None:
    """Do something to the store behind the commands' back."""

    async def do() -> None:
        stores = await open_stores(url(folder))
        try:
            await use_case(stores)
        finally:
            await stores.close()

    asyncio.run(do())


async def lay_aside(stores: Stores) -> None:
    task = DeliveryTask(ORGANISATION, "shop/web", (b"b" * 16).hex(), 0, "hook")
    message = OutboxMessage(b"n" * 16, DELIVER, b"q" * 16, json.encode(task))
    await stores.events.store_batch(
        Batch(b"o" * 16, ORGANISATION, "shop/web", 1, b"g" * 16, b"{}"), b"", (), (message,)
    )
    await stores.outbox.dead_letter(message.id, "it answered 400", f"{ORGANISATION} shop/web hook", 1_800_000_000_000)


async def open_withdrawal(stores: Stores) -> None:
    place = (ORGANISATION, "shop/web", "hook", b"p" * 16, b"q" * 16)
    names = (Identity("user_id", "ada@example.org"),)
    one = Withdrawal(
        b"w" * 16, *place, ("ads",), names, 1_800_000_000_000, WithdrawalState.FAILED, 1, 3, "it answered 403"
    )
    await stores.holdings.open([], [], [one], [])


def test_there_is_nothing_to_see_where_nothing_was_given_up(said: Said) -> None:
    assert said("dead-letters") == (0, "nothing was given up\n", "")
    assert said("withdrawals")[0] == 0


def test_a_dead_letter_is_shown_with_its_reason_and_replayed(said: Said, tmp_path: Path) -> None:
    in_store(tmp_path, lay_aside)
    code, shown, _ = said("dead-letters")
    assert code == 1
    assert "shop/web → hook  event (no longer kept), 1 tries: it answered 400" in shown
    assert said("dead-letters", "--source", "shop/other")[0] == 0
    (letter,) = json.decode(said("dead-letters", "--json")[1])
    assert said("dead-letters", "--replay", letter["id"]) == (0, "1 will be tried again\n", "")
    assert said("dead-letters", "--replay", letter["id"])[0] == 1
    assert said("dead-letters", "--replay", "all") == (0, "0 will be tried again\n", "")


def test_a_withdrawal_is_shown_without_a_name_and_marked_as_carried_out(said: Said, tmp_path: Path) -> None:
    in_store(tmp_path, open_withdrawal)
    code, shown, _ = said("withdrawals")
    assert (code, "shop/web → hook  ads: failed (it answered 403)" in shown) == (1, True)
    assert "ada" not in shown + said("withdrawals", "--json")[1]
    assert said("withdrawals", "--state", "pending")[0] == 0
    id = (b"w" * 16).hex()
    assert said("withdrawals", "--acknowledged", id)[0] == 0
    assert "acknowledged" in said("withdrawals")[1]
    assert said("withdrawals", "--acknowledged", "00" * 16)[0] == 1


def test_a_token_is_shown_once_listed_without_its_text_and_revoked(said: Said) -> None:
    code, shown, _ = said("token", "create", "ci", "--workspace", "shop", "--role", "read", "--role", "write")
    secret = shown.splitlines()[0]
    assert (code, secret.startswith("placet_"), len(secret)) == (0, True, 71)
    code, listed, _ = said("token", "list")
    assert "shop  ci  read write" in listed
    assert secret not in listed
    (token,) = json.decode(said("token", "list", "--json")[1])
    assert said("token", "revoke", token["id"])[0] == 0
    assert said("token", "list")[1].rstrip().endswith("revoked")
    assert "revoke token" in said("history")[1]


@pytest.mark.parametrize("words, code", [
    (("--workspace", "nowhere"), 1),
    (("--workspace", "shop", "--role", "everything"), 2),
])  # fmt: skip
def test_a_token_that_cannot_be_made_says_why(said: Said, words: tuple[str, ...], code: int) -> None:
    assert said("token", "create", "ci", *words)[0] == code
