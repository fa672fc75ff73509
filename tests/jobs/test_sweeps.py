"""Running sweeps again and again."""

import asyncio
import logging

import pytest

from app.jobs.sweeps import Sweeps


async def test_sweeps_run_again_and_again_until_they_are_stopped() -> None:
    # given
    third = asyncio.Event()
    runs = []

    async def sweep() -> int:
        runs.append(len(runs))
        if len(runs) == 3:
            third.set()
        return 0

    sweeps = Sweeps(0.001, {"things": sweep})
    # when
    await sweeps.start()
    await asyncio.wait_for(third.wait(), 10)
    before = asyncio.all_tasks()
    await sweeps.stop()
    # then the task that ran them has ended
    assert [task.cancelled() for task in before - asyncio.all_tasks()] == [True]


async def test_one_that_fails_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    # given
    async def broken() -> int:
        raise OSError("out of reach")

    async def fine() -> int:
        return 3

    # when
    with caplog.at_level(logging.INFO, "app.sweeps"):
        await Sweeps(1, {"these": broken, "those": fine}).run_once()
    # then
    assert [record.getMessage() for record in caplog.records] == [
        "these could not be swept; the next time tries again",
        "those: swept 3",
    ]


async def test_what_was_never_started_can_be_stopped() -> None:
    await Sweeps(1, {}).stop()
