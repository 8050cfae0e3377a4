"""The lever `batch`: priced by arithmetic, paid in full, untimed; and the one batch that is really submitted."""

from typing import Any

import pytest
from engine_builders import scenario

from optlab.backends.batches import BatchRefused, BatchStatus
from optlab.backends.scripted import Reply, ScriptedBackend
from optlab.core.events import Event
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.metrics import METRICS
from optlab.core.record import CallError, RunRecord
from optlab.core.report import Report
from optlab.core.request import Request
from optlab.core.run_events import BatchSeen, BudgetReached, ExperimentFinished, RunFinished
from optlab.core.scenario import Scenario
from optlab.core.usage import Usage
from optlab.engine import runner
from optlab.engine.control import Control
from optlab.engine.estimate import ceilings, estimate
from optlab.engine.pricing import Pricer
from optlab.render.batches import batch_words

USAGE = Usage(input_tokens=1000, output_tokens=100)
FULL_USD = (1000 * 3 + 100 * 15) / 1e6


def reply(request: Request, number: int) -> Reply:
    return Reply(usage=USAGE)


def planned(*, of: Scenario | None = None, budget: float | None = None, pairs: int = 4, **params: Any) -> Experiment:
    variants = (Variant("baseline"), Variant("batch", (LeverChoice("batch", params),)))
    return Experiment(of or scenario(items=4), variants, "cost_usd", "asked for", pairs, 0.05, budget_usd=budget)


async def ran(
    experiment: Experiment, backend: ScriptedBackend, control: Control | None = None
) -> tuple[list[Event], Report]:
    info = await backend.open()
    events: list[Event] = []
    async for event in runner.run(experiment, backend, info, Pricer(), run_id="r", control=control):
        events.append(event)
        if control is not None and isinstance(event, BatchSeen):
            control.cancel()
    last = events[-1]
    assert isinstance(last, ExperimentFinished)
    return events, last.report


def runs(events: list[Event], variant: str) -> list[RunRecord]:
    return [e.run for e in events if isinstance(e, RunFinished) and e.run.variant == variant]


async def test_a_call_is_priced_at_exactly_half_and_paid_in_full() -> None:
    events, report = await ran(planned(), ScriptedBackend(reply))
    for run in runs(events, "batch"):
        assert run.cost.total_usd == pytest.approx(FULL_USD / 2, rel=1e-12)
        assert run.paid_usd == pytest.approx(FULL_USD, rel=1e-12)
        assert run.usage == USAGE
        assert (run.calls[0].warm_usd, run.calls[0].cold_usd) == (run.cost.total_usd, run.cost.total_usd)
    assert all(run.paid_usd == run.cost.total_usd for run in runs(events, "baseline"))
    (outcome,) = report.batches
    assert outcome.cost_usd == pytest.approx(4 * FULL_USD / 2, rel=1e-12)
    assert report.cost_usd == pytest.approx(10 * FULL_USD + outcome.cost_usd, rel=1e-12)
    (card,) = report.cards
    assert card.primary.estimate == pytest.approx(0.5)
    assert {"batch_prices", "batch_simulated"} <= {caveat.code for caveat in report.caveats}


async def test_nothing_is_said_of_latency() -> None:
    events, report = await ran(planned(), ScriptedBackend(reply))
    batch = runs(events, "batch")[0]
    timed = [metric.name for metric in METRICS if metric.unit in ("s", "per_s")]
    assert [metric.read(batch) for metric in METRICS if metric.name in timed] == [None] * len(timed)
    assert set(report.variants[1].metrics) == {"cost_usd"}
    assert [c.metric for c in report.comparisons] == ["cost_usd"]
    assert report.variants[1].cold is not None and report.variants[1].cold.e2e_s is None


async def test_one_batch_is_submitted_behind_the_last_measured_call() -> None:
    backend = ScriptedBackend(reply, batch_s=100.0)
    events, report = await ran(planned(size=3), backend)
    ((one, two, three),) = backend.batches.submitted
    assert [r.messages[0].blocks[0].text for r in (one, two, three)] == [f"Question {i}?" for i in range(3)]
    assert all(isinstance(e, BatchSeen | ExperimentFinished) for e in events[_first_seen(events) :])
    (outcome,) = report.batches
    assert (outcome.variant, outcome.requests, outcome.state) == ("batch", 3, "ended")
    assert (outcome.waited_s, outcome.succeeded, outcome.usage) == (100.0, 3, USAGE + USAGE + USAGE)
    waits = [e.batch.waited_s for e in events if isinstance(e, BatchSeen) and e.batch.state == "waiting"]
    assert waits == sorted(waits) and len(waits) > 5


def _first_seen(events: list[Event]) -> int:
    return next(i for i, event in enumerate(events) if isinstance(event, BatchSeen))


async def test_requests_of_a_batch_that_fail_are_counted_and_cost_nothing() -> None:
    def script(request: Request, number: int) -> Reply:
        lost = request.batched and number == 1 and len(backend.batches.submitted) > 0
        return Reply(usage=USAGE, error=CallError("server", "the request errored") if lost else None)

    backend = ScriptedBackend(script)
    _, report = await ran(planned(), backend)
    (outcome,) = report.batches
    assert (outcome.succeeded, outcome.errored, outcome.note) == (3, 1, "the request errored")
    assert outcome.cost_usd == pytest.approx(3 * FULL_USD / 2)


async def test_a_batch_that_is_not_over_in_time_is_given_up_and_said_to_be() -> None:
    backend = ScriptedBackend(reply, batch_s=3600.0)
    _, report = await ran(planned(wait_s=60, size=2), backend)
    (outcome,) = report.batches
    assert (outcome.state, outcome.waited_s) == ("given up", 60.0)
    assert outcome.note == "it had not ended after 60 s (wait_s)"
    assert backend.batches.cancelled == ["batch-0"]
    assert report.status == "finished"
    most = (1000 * 3 + 400 * 15) / 2e6
    assert 2 * most <= outcome.cost_usd < 3 * most, "the most that it can be, in a batch, counts as spent"
    assert report.cost_usd == pytest.approx(10 * FULL_USD + outcome.cost_usd)


async def test_a_cancel_is_heard_while_a_batch_waits() -> None:
    backend = ScriptedBackend(reply, batch_s=3600.0)
    _, report = await ran(planned(), backend, Control())
    (outcome,) = report.batches
    assert (outcome.state, outcome.note) == ("given up", "nobody wanted to wait any longer")
    assert report.status == "cancelled"
    assert report.pairs == 4 and report.cards, "what was measured is kept"
    assert backend.batches.cancelled == ["batch-0"]


async def test_a_batch_that_could_cross_the_budget_is_not_sent() -> None:
    # Ten calls and their reservations fit, a batch of four does not.
    backend = ScriptedBackend(reply)
    events, report = await ran(planned(budget=10 * FULL_USD + 0.008), backend)
    assert backend.batches.submitted == []
    assert len(runs(events, "batch")) == 5
    assert any(isinstance(event, BudgetReached) for event in events)
    (outcome,) = report.batches
    assert (outcome.state, outcome.note, outcome.cost_usd) == ("not sent", "it could have crossed the budget", 0.0)
    assert report.status == "budget"
    assert report.cost_usd == pytest.approx(10 * FULL_USD)


async def test_a_server_without_batches_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = ScriptedBackend(reply)

    async def refuse(requests: Any) -> BatchStatus:
        raise BatchRefused(CallError("bad_request", "the server answered 404", 404))

    monkeypatch.setattr(backend.batches, "submit", refuse)
    _, report = await ran(planned(), backend)
    (outcome,) = report.batches
    assert (outcome.state, outcome.note) == ("not sent", "the server answered 404")
    assert (report.status, report.cost_usd) == ("finished", pytest.approx(10 * FULL_USD))


async def test_looks_that_fail_are_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = ScriptedBackend(reply, batch_s=30.0)
    look, looked = backend.batches.status, []

    async def sometimes(batch_id: str) -> BatchStatus:
        looked.append(batch_id)
        if len(looked) % 2:
            raise BatchRefused(CallError("connection", "the connection broke"))
        return await look(batch_id)

    monkeypatch.setattr(backend.batches, "status", sometimes)
    _, report = await ran(planned(), backend)
    assert report.batches[0].state == "ended"


async def test_results_that_cannot_be_fetched_may_all_be_billed(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = ScriptedBackend(reply)

    async def refuse(batch_id: str, requests: Any) -> Any:
        raise BatchRefused(CallError("server", "the server answered 500", 500))

    monkeypatch.setattr(backend.batches, "results", refuse)
    _, report = await ran(planned(), backend)
    (outcome,) = report.batches
    assert (outcome.state, outcome.succeeded) == ("ended", 4)
    assert outcome.note == "its results could not be fetched: the server answered 500"
    assert outcome.cost_usd > 4 * FULL_USD / 2
    assert report.cost_usd == pytest.approx(10 * FULL_USD + outcome.cost_usd)


async def test_a_batch_whose_sending_broke_off_may_be_billed(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = ScriptedBackend(reply)

    async def broken(requests: Any) -> BatchStatus:
        raise BatchRefused(CallError("timeout", "no answer came in time"))

    monkeypatch.setattr(backend.batches, "submit", broken)
    _, report = await ran(planned(), backend)
    (outcome,) = report.batches
    assert (outcome.state, outcome.note) == ("not sent", "no answer came in time")
    assert outcome.cost_usd > 4 * FULL_USD / 2
    assert report.cost_usd == pytest.approx(10 * FULL_USD + outcome.cost_usd)
    assert "billed all the same" in batch_words(outcome)


async def test_without_the_lever_no_batch_is_sent() -> None:
    backend = ScriptedBackend(reply)
    plain = Experiment(scenario(), (Variant("baseline"),), "cost_usd", "", 2, 0.05)
    _, report = await ran(plain, backend)
    assert (backend.batches.submitted, report.batches) == ([], ())


async def test_the_estimate_counts_the_batch_and_the_calls_in_full() -> None:
    with_batch = await estimate(planned(size=3), Pricer(), 1.0)
    again = Experiment(scenario(items=4), (Variant("baseline"), Variant("again")), "cost_usd", "", 4, 0.05)
    without = await estimate(again, Pricer(), 1.0)
    assert (with_batch.calls, with_batch.batch_calls) == (without.calls + 3, 3)
    one_low, one_high = without.low_usd / 10, without.high_usd / 10
    assert with_batch.low_usd == pytest.approx(without.low_usd + 3 * one_low / 2)
    assert with_batch.high_usd == pytest.approx(without.high_usd + 3 * one_high / 2)
    assert with_batch.retries_usd == pytest.approx(without.retries_usd), "a batch is not made again"
    most = await ceilings(planned(), Pricer())
    assert most["batch"] == pytest.approx(most["baseline"] / 2)
