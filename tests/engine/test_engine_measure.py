"""One run: timed outside the levers, billed inside them, visible when a person would see it."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest

import optlab.levers
from optlab.backends.backend import BackendInfo, Watch
from optlab.backends.scripted import FakeClock, Reply, ScriptedBackend
from optlab.catalogue import Cost
from optlab.core.events import Event
from optlab.core.experiment import LeverChoice, Variant
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallError, CallRecord, Delta, Provenance, RunRecord
from optlab.core.request import Request
from optlab.core.run_events import CallFinished, CallStarted, TextDelta
from optlab.core.scenario import CheckSpec, ParamValue, Sample, Scenario
from optlab.core.usage import Usage
from optlab.engine.budget import Budget, BudgetStop
from optlab.engine.measure import Meter, Slot
from optlab.engine.pricing import OwnPrice, Pricer
from optlab.levers import LeverSpec, Send

BASE = Variant("baseline")
STREAM = Variant("streaming", (LeverChoice("streaming"),))
TWO = Variant("twice", (LeverChoice("twice"),))
NINE = Usage(10, 9)
SAMPLE = Sample("s0", {"word": "tea"})
SLOT = Slot(run_id="run", id="run.m0", pair=7, phase="measured")


def scenario(model: str = "claude-sonnet-4-6") -> Scenario:
    prompt = Prompt((Segment("question", "user", "Explain {word}."),))
    return Scenario(name="Test", model=model, max_tokens=100, prompt=prompt, samples=(SAMPLE,))


class Canned:
    """Answers with records made beforehand; each takes as long as it says."""

    def __init__(self, *records: CallRecord) -> None:
        self.clock = FakeClock()
        self._left = list(records)

    async def open(self) -> BackendInfo:
        return BackendInfo(Provenance.SIMULATED, 1.0, "canned", "a test", False)

    async def send(
        self, request: Request, *, call_id: str, zero_s: float, time_limit_s: float, watch: Watch | None = None
    ) -> CallRecord:
        record = self._left.pop(0)
        self.clock.time_s = zero_s + record.ended_at_s
        for delta in record.deltas:
            if watch:
                watch(delta)
        return msgspec.structs.replace(record, id=call_id, streamed=request.stream)

    async def close(self) -> None:
        pass


class Twice:
    """A lever of two calls, both streamed. `shown` says which of them is the answer that the person gets."""

    spec = LeverSpec("twice", "Twice", "a test", "asks twice", (), "cost_usd", True)

    def __init__(self, shown: int) -> None:
        self._shown = shown

    def wrap(self, send: Send, params: Mapping[str, ParamValue]) -> Send:
        async def both(request: Request) -> CallRecord:
            streamed = msgspec.structs.replace(request, stream=True)
            cheap = msgspec.structs.replace(streamed, model="claude-haiku-4-5-20251001")
            return [await send(cheap), await send(streamed)][self._shown]

        return both


@pytest.fixture
def twice(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(optlab.levers.BY_NAME, "twice", Twice(request.param))  # type: ignore[arg-type]
    yield


async def measure(
    backend: Any,
    variant: Variant = BASE,
    *,
    speed: float = 1.0,
    live: bool = False,
    pricer: Pricer | None = None,
    sample: Sample = SAMPLE,
    slot: Slot = SLOT,
    model: str = "claude-sonnet-4-6",
    cap_usd: float | None = None,
    events: list[Event] | None = None,
) -> RunRecord:
    pricer = pricer or Pricer()
    info = msgspec.structs.replace(await backend.open(), speed=speed)
    emit = (events if events is not None else []).append
    meter = Meter(backend, info, pricer, Budget(cap_usd, pricer), emit, live=live)
    return await meter.run(scenario(model), variant, sample, slot)


def scripted(usage: Usage = NINE, ends_after_s: float = 4.0) -> ScriptedBackend:
    return ScriptedBackend(lambda request, n: Reply(((1.0, "ab"), (2.0, "cd"), (3.0, "efgh")), ends_after_s, usage))


def canned(*deltas: Delta, usage: Usage = NINE, ends_at_s: float = 5.0, **more: Any) -> CallRecord:
    text = "".join(d.text for d in deltas if d.kind == "text")
    more = {"model": "claude-sonnet-4-6", "provenance": Provenance.SIMULATED} | more
    return CallRecord(
        "", sent_at_s=0.0, ended_at_s=ends_at_s, streamed=True, deltas=deltas, text=text, usage=usage, **more
    )


# What the person waits.


async def test_a_plain_answer_is_visible_at_its_end() -> None:
    run = await measure(scripted())
    assert (run.first_visible_s, run.e2e_s) == (4.0, 4.0)
    assert (run.ttft_s, run.tpot_s, run.tpot_visible_s, run.gap_max_s, run.first_thought_s) == (None,) * 5


async def test_a_streamed_answer_is_visible_at_its_first_text() -> None:
    run = await measure(scripted(), STREAM)
    assert (run.first_visible_s, run.ttft_s, run.e2e_s) == (1.0, 1.0, 4.0)
    assert run.tpot_s == 3.0 / 8
    assert run.tpot_visible_s == 2.0 / (9 - 9 / 4)
    assert run.gap_max_s == 1.0


async def test_times_count_from_the_run_wherever_the_clock_stands() -> None:
    backend = scripted()
    backend.clock.time_s = 1024.0
    run = await measure(backend, STREAM)
    assert (run.ttft_s, run.e2e_s) == (1.0, 4.0)
    assert run.calls[0].sent_at_s == 0.0


@pytest.mark.parametrize("twice", [0], indirect=True)
@pytest.mark.usefixtures("twice")
async def test_an_answer_followed_by_another_call_is_visible_only_at_the_end() -> None:
    """The first call's text is what the person gets, but a second one looks at it first."""
    run = await measure(scripted(), TWO)
    assert [c.sent_at_s for c in run.calls] == [0.0, 4.0]
    assert (run.e2e_s, run.first_visible_s) == (8.0, 8.0)
    assert (run.ttft_s, run.tpot_s, run.tpot_visible_s, run.gap_max_s) == (None,) * 4
    assert run.answer == "abcdefgh"


@pytest.mark.parametrize("twice", [1], indirect=True)
@pytest.mark.usefixtures("twice")
async def test_an_answer_behind_another_call_is_visible_as_it_comes() -> None:
    """Time to first token counts from the start of the run: the first call is waited for too."""
    run = await measure(scripted(), TWO)
    assert (run.e2e_s, run.first_visible_s, run.ttft_s) == (8.0, 5.0, 5.0)
    assert run.tpot_s == 3.0 / 8, "of the answer alone"
    assert run.tpot_visible_s == 2.0 / (9 - 9 / 4)


async def test_thinking_is_not_visible() -> None:
    record = canned(
        Delta(1.0, "hmm", "thinking"), Delta(3.0, "ab"), Delta(4.0, "cd"), usage=Usage(10, 9, thinking_tokens=5)
    )
    run = await measure(Canned(record), STREAM)
    assert (run.first_thought_s, run.ttft_s, run.first_visible_s) == (1.0, 3.0, 3.0)
    assert run.answer == "abcd"
    # Four tokens can be seen: (5 - 3) / 3, and half of them came with the first piece.
    assert run.tpot_s == pytest.approx(2.0 / 3)
    assert run.tpot_visible_s == pytest.approx(1.0 / 2)
    assert run.gap_max_s == 1.0


async def test_thinking_alone_leaves_nothing_visible_before_the_end() -> None:
    run = await measure(Canned(canned(Delta(1.0, "hmm", "thinking"))), STREAM)
    assert (run.ttft_s, run.first_visible_s, run.first_thought_s) == (None, 5.0, 1.0)
    assert run.tpot_s is None


async def test_the_start_of_a_tool_call_is_visible() -> None:
    run = await measure(Canned(canned(Delta(2.0, "lookup", "tool"), Delta(4.0, "{}", "tool"))), STREAM)
    assert run.ttft_s == 2.0
    assert run.answer == ""


async def test_start_gaps_and_rate_of_a_stream() -> None:
    """Gaps of 1, 1 and 3 s: mean 5/3, p95 by linear interpolation at 1.9 of the sorted three; 9 tokens in 10 s."""
    pieces = [Delta(1.0, "a"), Delta(2.0, "b"), Delta(3.0, "c"), Delta(6.0, "d")]
    run = await measure(Canned(canned(*pieces, ends_at_s=10.0, first_event_at_s=0.25)), STREAM)
    assert run.start_s == 0.25
    assert (run.gap_mean_s, run.gap_max_s) == (pytest.approx(5 / 3), 3.0)
    assert run.gap_p95_s == pytest.approx(1.0 + 0.9 * 2.0)
    assert run.tokens_per_s == 0.9
    lone = await measure(Canned(canned(Delta(1.0, "a"))), STREAM)
    assert (lone.gap_mean_s, lone.gap_p95_s, lone.gap_max_s) == (None,) * 3


async def test_a_plain_answer_has_a_rate_and_neither_start_nor_gaps() -> None:
    run = await measure(scripted())
    assert run.tokens_per_s == 9 / 4
    assert (run.start_s, run.gap_mean_s, run.gap_p95_s) == (None,) * 3


async def test_nothing_written_is_no_rate() -> None:
    assert (await measure(scripted(Usage(10, 0)))).tokens_per_s is None


async def test_thinking_that_is_not_counted_apart_is_in_the_time_per_token() -> None:
    pieces = [Delta(1.0, "hmm", "thinking"), Delta(3.0, "ab"), Delta(4.0, "cd")]
    assert (await measure(Canned(canned(*pieces)), STREAM)).tpot_thinking
    counted = canned(*pieces, usage=Usage(10, 9, thinking_tokens=5))
    assert not (await measure(Canned(counted), STREAM)).tpot_thinking
    assert not (await measure(Canned(canned(*pieces[1:])), STREAM)).tpot_thinking


async def test_a_refusal_is_a_failed_check_and_no_failed_call() -> None:
    sample = msgspec.structs.replace(SAMPLE, checks=(CheckSpec("contains", {"all": ["ab"]}),))
    run = await measure(Canned(canned(Delta(1.0, "ab"), stop_reason="refusal")), sample=sample)
    assert (run.failed, run.score, run.checks[0].why) == (False, 0.0, "the model refused to answer")
    assert run.latency_s(run.e2e_s) == 5.0


async def test_one_token_has_no_time_per_token() -> None:
    run = await measure(Canned(canned(Delta(2.0, "A"), usage=Usage(10, 1))), STREAM)
    assert (run.ttft_s, run.tpot_s, run.tpot_visible_s) == (2.0, None, None)


# What the API charges.

VECTOR = Usage(1000, 500, 1000, 2000, 20000)
"""The test vector of the price table."""


@pytest.mark.parametrize(("model", "usd"), [("claude-sonnet-4-6", 0.03225), ("claude-haiku-4-5-20251001", 0.01075)])
async def test_calls_are_priced_by_the_catalogue(model: str, usd: float) -> None:
    run = await measure(scripted(VECTOR), model=model)
    assert run.cost.total_usd == pytest.approx(usd, rel=1e-12)


async def test_cost_by_class_and_its_warm_and_cold_twins() -> None:
    (call,) = (await measure(scripted(VECTOR))).calls
    assert call.cost == Cost(0.003, 0.00375, 0.012, 0.006, 0.0075)
    plain_usd = (1000 * 3 + 500 * 15) / 1e6
    assert call.warm_usd == call.cost.total_usd  # what was written although much was read is new in every call
    assert call.cold_usd == pytest.approx(plain_usd + 23000 * 3.75 / 1e6, rel=1e-12)


async def test_what_a_call_only_wrote_the_next_one_reads() -> None:
    (call,) = (await measure(scripted(Usage(1000, 500, cache_write_5m_tokens=4000)))).calls
    assert call.warm_usd == pytest.approx((1000 * 3 + 500 * 15 + 4000 * 0.3) / 1e6, rel=1e-12)
    assert call.cold_usd == call.cost.total_usd


async def test_an_hour_of_cache_is_written_at_its_own_price() -> None:
    caching = Variant("caching", (LeverChoice("caching", {"ttl": "1h"}),))
    (call,) = (await measure(scripted(VECTOR), caching)).calls
    assert call.cold_usd == pytest.approx((1000 * 3 + 500 * 15 + 23000 * 6) / 1e6, rel=1e-12)


async def test_without_a_cache_warm_and_cold_are_the_cost() -> None:
    (call,) = (await measure(scripted(Usage(100, 50)))).calls
    assert call.warm_usd == call.cold_usd == call.cost.total_usd == pytest.approx(0.00105)


@pytest.mark.parametrize("twice", [1], indirect=True)
@pytest.mark.usefixtures("twice")
async def test_every_call_is_billed_at_the_price_of_its_own_model() -> None:
    run = await measure(scripted(Usage(1000, 500)), TWO)
    assert [c.cost.total_usd for c in run.calls] == [pytest.approx(0.0035), pytest.approx(0.0105)]
    assert run.cost.total_usd == pytest.approx(0.014)
    assert run.usage == Usage(2000, 1000)
    assert [c.id for c in run.calls] == ["run.m0.0", "run.m0.1"]


async def test_a_name_without_a_price_is_priced_as_what_was_asked_for() -> None:
    run = await measure(Canned(canned(Delta(1.0, "ab"), usage=Usage(1000, 500), model="gw/alias")))
    assert run.cost.total_usd == pytest.approx(0.0105)


async def test_own_prices_come_first_and_may_be_nothing() -> None:
    pricer = Pricer({"claude-sonnet-4-6": OwnPrice(0.0, 0.0)})
    assert (await measure(scripted(VECTOR), pricer=pricer)).cost.total_usd == 0.0


async def test_a_failed_call_keeps_its_bill_and_fails_its_checks() -> None:
    error = CallError("broken_stream", "told to fail")
    sample = msgspec.structs.replace(SAMPLE, checks=(CheckSpec("contains", {"all": ["ab"]}),))
    good = await measure(Canned(canned(Delta(1.0, "ab"))), sample=sample)
    bad = await measure(Canned(canned(Delta(1.0, "ab"), error=error)), sample=sample)
    assert (good.score, bad.score) == (1.0, 0.0)
    assert bad.error == error
    assert bad.failed
    assert bad.cost == good.cost != Cost()
    assert bad.latency_s(bad.first_visible_s) == float("inf")
    assert bad.answer == "ab", "what came is kept"


async def test_budget_forbids_a_call_before_it_is_made() -> None:
    backend = scripted()
    with pytest.raises(BudgetStop):
        await measure(backend, cap_usd=0.001)
    assert backend.requests == []


@pytest.mark.parametrize("twice", [0], indirect=True)
@pytest.mark.usefixtures("twice")
async def test_budget_forbids_the_second_call_of_a_lever() -> None:
    backend = scripted(Usage(10, 100))
    with pytest.raises(BudgetStop):
        await measure(backend, TWO, cap_usd=0.002)
    assert len(backend.requests) == 1


# What is told, and what is noted.


async def test_events_of_a_run() -> None:
    events: list[Event] = []
    run = await measure(scripted(), STREAM, live=True, events=events)
    assert [type(e) for e in events] == [CallStarted, TextDelta, TextDelta, TextDelta, CallFinished]
    assert events[0] == CallStarted("run", "run.m0", "streaming", 7, "measured")
    assert events[1] == TextDelta("run.m0", "streaming", 1.0, "ab", "text")
    assert events[-1] == CallFinished("run.m0", "streaming", run.calls[0])


async def test_the_record_says_where_it_belongs() -> None:
    backend = scripted()
    backend.clock.time_s = 90.0
    run = await measure(backend)
    assert (run.id, run.variant, run.sample, run.pair, run.phase) == ("run.m0", "baseline", "s0", 7, "measured")
    assert run.started_at == "2026-01-01T00:01:30.000+00:00"
    assert run.stop_reason == "end_turn"


async def test_the_salt_stands_in_front() -> None:
    backend = scripted()
    await measure(backend, slot=msgspec.structs.replace(SLOT, salt="abcdefghijkl"))
    assert backend.requests[0].messages[0].blocks[0].text == "abcdefghijkl Explain tea."
