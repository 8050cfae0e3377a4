"""Batches through the real client, against the simulator as a process and against servers that misbehave."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from optlab.backends.anthropic_api import AnthropicBackend
from optlab.backends.batches import BatchRefused, BatchStatus
from optlab.backends.simulated import SimulatedBackend
from optlab.core.record import Provenance
from optlab.core.request import Block, Request, Turn
from rogue_server import Rogue

pytestmark = pytest.mark.usefixtures("no_credentials")

QUESTION = Turn("user", (Block("Summarise the plot of Hamlet in 3 bullets."),))
GOOD = Request("claude-sonnet-4-6", 60, (QUESTION,))
BAD = Request("claude-sonnet-4-6", 1_000_000, (QUESTION,))


@pytest.fixture(scope="module")
async def opened() -> AsyncIterator[SimulatedBackend]:
    """One simulator for all of them: a small batch takes it half a second and more."""
    backend = SimulatedBackend(seed=3, speed=1000.0, why="a test")
    await backend.open()
    yield backend
    await backend.close()


async def ended(backend: SimulatedBackend, status: BatchStatus) -> BatchStatus:
    while not status.ended:
        await asyncio.sleep(0.1)
        status = await backend.batches.status(status.id)
    return status


@pytest.mark.asyncio(loop_scope="module")
async def test_a_batch_from_its_making_to_its_results(opened: SimulatedBackend) -> None:
    requests = [GOOD, BAD, msgspec.structs.replace(GOOD, model="claude-haiku-4-5", effort=None, batched=True)]
    made = await opened.batches.submit(requests)
    assert made.id.startswith("msgbatch_") and not made.ended
    with pytest.raises(BatchRefused, match=r"^the server answered 4\d\d"):
        await opened.batches.status("msgbatch_none")
    over = await ended(opened, made)
    assert (over.succeeded, over.errored, over.canceled, over.expired) == (2, 1, 0, 0)
    assert over.waited_s is not None and over.waited_s > 1.0, "model time: half a second of wall time, a thousandfold"
    first, second, third = await opened.batches.results(made.id, requests)
    assert (first.model, third.model) == ("claude-sonnet-4-6", "claude-haiku-4-5-20251001")
    for record in (first, third):
        assert record.error is None and record.text and record.stop_reason
        assert record.terms.batch
        assert 0 < record.usage.output_tokens <= 60
        assert (record.provenance, record.speed) == (Provenance.SIMULATED, 1000.0)
    assert second.error is not None
    assert second.error.sentence.startswith("the request errored (invalid_request_error: max_tokens: 1000000 >")
    assert second.usage.prompt_tokens == 0


@pytest.mark.asyncio(loop_scope="module")
async def test_a_batch_that_is_cancelled(opened: SimulatedBackend) -> None:
    made = await opened.batches.submit([GOOD])
    await opened.batches.cancel(made.id)
    over = await ended(opened, made)
    assert (over.succeeded, over.canceled) == (0, 1)
    (record,) = await opened.batches.results(made.id, [GOOD])
    assert record.error is not None and record.error.sentence == "the request canceled"
    with pytest.raises(BatchRefused, match="has ended and cannot be canceled"):
        await opened.batches.cancel(made.id)


async def test_nobody_at_home_is_a_refusal_in_words(rogue: Rogue) -> None:
    backend = AnthropicBackend(base_url=rogue.url, api_key="k")
    try:
        await rogue.stop()
        with pytest.raises(BatchRefused, match=r"^the connection broke \("):
            await backend.batches.submit([GOOD])
    finally:
        await backend.close()
