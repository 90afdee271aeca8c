"""
Tasks that share a client.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from supaopt._adapters.turns import AT_ONCE, Turns
from supaopt.errors import RequestError

TASKS = 10 * AT_ONCE


class Client:
    """
    Holds every command until it is let go.
    """

    def __init__(self) -> None:
        self.begun = 0
        self.most = 0
        self.under_way = 0
        self.closed = False
        self.full = asyncio.Event()
        self.go = asyncio.Event()
        self.fails = False

    async def command(self) -> int:
        """
        Wait, and fail if that was said.
        """
        self.begun += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        if self.begun == AT_ONCE:
            self.full.set()
        try:
            await self.go.wait()
            if self.fails:
                raise ConnectionError("no answer")
            return self.begun
        finally:
            self.under_way -= 1

    async def aclose(self) -> None:
        """
        Close.
        """
        self.closed = True


async def begin(turns: Turns, client: Client) -> list[asyncio.Task[int]]:
    """
    Start many tasks, and return when as many commands are under way as may be.
    """
    tasks = [asyncio.create_task(turns.run(lambda given: given.command())) for _ in range(TASKS)]
    await client.full.wait()
    return tasks


def test_few_commands_are_under_way_and_all_are_done() -> None:
    """
    However many tasks there are, a few of their commands run at a time, and none is refused.
    """

    async def main() -> tuple[int, int]:
        client = Client()
        tasks = await begin(Turns(lambda: client, own=True), client)
        client.go.set()
        return len(await asyncio.gather(*tasks)), client.most

    assert (TASKS, AT_ONCE) == asyncio.run(main())


def test_attack_nobody_waits_for_a_server_that_hangs_again() -> None:
    """
    Those who waited while commands hung and failed do not send theirs to hang as well.
    """

    async def main() -> tuple[int, list[type]]:
        client = Client()
        client.fails = True
        tasks = await begin(Turns(lambda: client, own=True), client)
        client.go.set()
        failures = await asyncio.gather(*tasks, return_exceptions=True)
        return client.begun, [type(each) for each in failures]

    begun, failures = asyncio.run(main())
    assert AT_ONCE == begun
    assert AT_ONCE == failures.count(ConnectionError)
    assert TASKS - AT_ONCE == failures.count(RequestError)


def test_who_comes_after_a_failure_tries() -> None:
    """
    A failure is over for those who did not wait for it.
    """

    async def main() -> int:
        client = Client()
        client.go.set()
        turns = Turns(lambda: client, own=True)
        client.fails = True
        with pytest.raises(ConnectionError):
            await turns.run(lambda given: given.command())
        client.fails = False
        return await turns.run(lambda given: given.command())

    assert 2 == asyncio.run(main())


def test_a_cancelled_command_is_no_failure() -> None:
    """
    A caller that goes away gives its turn to the next one, and fails nobody.
    """

    async def main() -> int:
        client = Client()
        tasks = await begin(Turns(lambda: client, own=True), client)
        for task in tasks[: AT_ONCE + 3]:  # under way, and waiting
            task.cancel()
        client.go.set()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        return sum(isinstance(each, int) for each in found)

    assert TASKS - AT_ONCE - 3 == asyncio.run(main())


@pytest.mark.parametrize("own", [True, False])
def test_each_loop_has_a_client_that_is_closed_if_it_is_ours(*, own: bool) -> None:
    """
    Clients are made once for each event loop, and again after closing.
    """
    made: list[Client] = []

    def make() -> Any:
        made.append(Client())
        return made[-1]

    turns = Turns(make, own=own)

    async def main() -> None:
        for _ in range(2):
            await turns.run(lambda _: asyncio.sleep(0))
        await turns.close()
        await turns.close()

    for _ in range(2):
        asyncio.run(main())
    assert [own, own] == [client.closed for client in made]
