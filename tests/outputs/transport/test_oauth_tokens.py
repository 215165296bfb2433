"""A pass is asked for once, shared while it lasts, and asked for anew when it is refused."""

import asyncio
from typing import Any

import pytest

from placet.outputs.destination import HttpRequest, Rejected, Reply, Sent, TryAgain
from placet.outputs.transport.oauth_tokens import OAuthTokens

TICKET = HttpRequest("https://tokens.example/token", (), b"refresh_token=r")
WANTED = HttpRequest("https://api.example/x", (("A", "b"),), b"{}", token_request=TICKET)


class Server:
    """Hands out pass after pass, and takes those that it is told to take."""

    def __init__(self, *answers: Reply, refuses: tuple[str, ...] = ()) -> None:
        self.answers, self.refuses = list(answers), refuses
        self.asked, self.heard = 0, []

    async def __call__(self, request: HttpRequest) -> Reply:
        await asyncio.sleep(0)
        if request == TICKET:
            self.asked += 1
            return self.answers.pop(0) if self.answers else Sent(200, b'{"access_token":"p%d"}' % self.asked)
        token = dict(request.headers).get("Authorization", "")
        self.heard.append(token)
        return Rejected("it answered 401", 401) if token in self.refuses else Sent(200)


@pytest.fixture
def clock() -> list[int]:
    return [1_000_000]


async def test_many_who_want_the_same_pass_ask_once(clock: list[int]) -> None:
    server = Server()
    through = OAuthTokens(server, lambda: clock[0])
    assert await asyncio.gather(*(through(WANTED) for _ in range(5))) == [Sent(200)] * 5
    assert (server.asked, set(server.heard)) == (1, {"Bearer p1"})


async def test_a_pass_that_is_about_to_run_out_is_renewed(clock: list[int]) -> None:
    server = Server()
    through = OAuthTokens(server, lambda: clock[0])
    await through(WANTED)
    clock[0] += 3_600_000 - 60_000
    await through(WANTED)
    assert server.heard == ["Bearer p1", "Bearer p2"]


async def test_a_pass_that_is_not_taken_is_renewed_for_the_next_try(clock: list[int]) -> None:
    server = Server(refuses=("Bearer p1",))
    through = OAuthTokens(server, lambda: clock[0])
    assert isinstance(await through(WANTED), TryAgain)
    assert await through(WANTED) == Sent(200)


@pytest.mark.parametrize("answer", [Rejected("it answered 400", 400), Sent(200, b"{}"), Sent(200, b"<html>")])
async def test_without_a_pass_nothing_is_sent(answer: Any, clock: list[int]) -> None:
    server = Server(answer)
    said = await OAuthTokens(server, lambda: clock[0])(WANTED)
    assert isinstance(said, TryAgain)
    assert said.why.startswith("no pass to be had")
    assert server.heard == []
    assert await OAuthTokens(server, lambda: clock[0])(WANTED) == Sent(200)


async def test_what_needs_no_pass_goes_as_it_is(clock: list[int]) -> None:
    server = Server()
    assert await OAuthTokens(server, lambda: clock[0])(HttpRequest("https://api.example/", (), b"")) == Sent(200)
    assert (server.asked, server.heard) == (0, [""])
