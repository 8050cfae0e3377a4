"""Calls made again by the lab itself: which, after how long, what is kept of each attempt, and what it counts as."""

from collections.abc import Callable
from typing import Any

import pytest
from test_engine_runner import (
    BASE,
    CUT,
    STREAM,
    arm,
    carry_out,
    experiment,
    failing,
    figures,
    scenario,
    steady,
)

from optlab.backends.scripted import Reply
from optlab.core.record import CallError, CallRecord, ErrorKind, Provenance
from optlab.core.request import Request
from optlab.core.run_events import CallFinished
from optlab.core.usage import Usage
from optlab.engine.attempts import may_pass, pause_s
from optlab.engine.control import Control

ONE_CALL_USD = (10 * 3 + 9 * 15) / 1e6


def failing_at(*calls: int, kind: ErrorKind = "overloaded", retry_after_s: float | None = None) -> Any:
    """Calls of these numbers fail after 2 s; the warm-ups are 0 and 1."""
    return lambda request, n: failing(kind, retry_after_s) if n in calls else steady(request, n)


# Which calls, and after how long.


@pytest.mark.parametrize(
    ("kind", "again"),
    [
        ("connection", True),
        ("timeout", True),
        ("overloaded", True),
        ("server", True),
        ("broken_stream", False),
        ("bad_request", False),
        ("auth", False),
        ("billing", False),
        ("rate_limit", False),
    ],
)
def test_what_may_pass_is_made_again_unless_an_answer_had_begun(kind: ErrorKind, again: bool) -> None:
    def record(first_event_at_s: float | None, error: CallError | None) -> CallRecord:
        return CallRecord(
            "c", "m", True, 0.0, 1.0, Provenance.SIMULATED, first_event_at_s=first_event_at_s, error=error
        )

    assert may_pass(record(None, CallError(kind, "x"))) is again
    assert not may_pass(record(0.5, CallError(kind, "x"))), "the money for what came would be paid twice"
    assert not may_pass(record(None, None))


def test_pauses_double_shrink_with_the_simulation_and_follow_the_server() -> None:
    assert [pause_s(CallError("server", "x"), n) for n in (1, 2, 3, 4, 9)] == [1.0, 2.0, 4.0, 8.0, 120.0]
    assert pause_s(CallError("server", "x"), 2, speed=50.0) == 0.04
    assert pause_s(CallError("overloaded", "x", 529, 7.5), 3, speed=50.0) == 7.5
    assert pause_s(CallError("overloaded", "x", 529, 0.0), 3) == 0.0
    assert pause_s(CallError("overloaded", "x", 529, 9_999.0), 1) == 120.0


# What is kept.


async def test_every_attempt_is_kept_with_its_error_and_its_price() -> None:
    def script(request: Request, n: int) -> Reply:
        broke = Reply((), 2.0, Usage(10, 0), "", CallError("connection", "told to fail"))
        return broke if n in (2, 3) else steady(request, n)

    outcome = await carry_out(experiment(pairs=1), script)
    again, plain = outcome.measured
    assert [c.attempt for c in again.calls] == [1, 2, 3]
    assert [c.error and c.error.sentence for c in again.calls] == ["told to fail", "told to fail", None]
    assert [c.cost.total_usd for c in again.calls] == pytest.approx([3e-5, 3e-5, ONE_CALL_USD])
    assert len({c.id for c in again.calls}) == 3
    assert (again.answer, again.error, again.retries) == ("abcdefgh", None, 2)
    assert (plain.retries, plain.failed) == (0, False)
    told = [e.call for e in outcome.events if isinstance(e, CallFinished) and e.run == again.id]
    assert told == list(again.calls)
    assert outcome.report.cost_usd >= sum(r.cost.total_usd for r in outcome.runs)
    same = outcome.backend.requests[2:5]
    assert same[0] == same[1] == same[2], "the same request, salt and all"


async def test_latency_is_infinite_and_time_with_retries_stands_apart() -> None:
    """2 s until the first attempt failed, 1 s of waiting, 4 s until the answer was whole."""
    outcome = await carry_out(experiment(BASE, STREAM, pairs=6), failing_at(3))
    (again,) = [r for r in outcome.measured if r.retries]
    index = ["baseline", "streaming"].index(again.variant)
    found = figures(outcome.report, index)
    assert (found["e2e"].max, found["first_visible"].max) == ("inf", "inf")
    assert (found["e2e_retries"].p50, found["e2e_retries"].max) == (4.0, 7.0)
    assert figures(outcome.report, 1 - index)["e2e_retries"].max == 4.0
    assert [(v.errors, v.retried) for v in outcome.report.variants][index] == (1, 1)
    assert again.e2e_s == 7.0


async def test_the_later_answer_counts_for_quality_and_cost() -> None:
    outcome = await carry_out(experiment(BASE, CUT, pairs=6, primary="cost_usd"), failing_at(2, 3))
    (again,) = [r for r in outcome.measured if r.retries]
    assert again.stop_reason == "end_turn"
    (cost,) = [c for c in outcome.report.comparisons if c.metric == "cost_usd"]
    assert (cost.estimate, cost.seen) == (0.0, 6), "a refused attempt is not billed, and an answer is an answer"
    assert outcome.report.variants[0].shares["truncation"].n == 6


async def test_attempts_end_where_the_plan_says() -> None:
    outcome = await carry_out(experiment(pairs=1, scenario=scenario(attempts=4)), failing_at(*range(2, 6)))
    lost = outcome.measured[0]
    assert [c.attempt for c in lost.calls] == [1, 2, 3, 4]
    assert lost.error is not None and not lost.answered
    once = await carry_out(experiment(pairs=1, scenario=scenario(attempts=1)), failing_at(2))
    assert [len(r.calls) for r in once.measured] == [1, 1]
    assert once.measured[0].failed


async def asked_at(script: Callable[[Request, int], Reply], **given: Any) -> list[float]:
    outcome = await carry_out(experiment(pairs=1, **given), script)
    return [c.sent_at_s for c in outcome.measured[0].calls]


async def test_waits_double_and_a_wish_of_the_server_is_followed() -> None:
    assert await asked_at(failing_at(2, 3)) == [0.0, 2.0 + 1.0, 5.0 + 2.0]
    assert await asked_at(failing_at(2, retry_after_s=7.5)) == [0.0, 2.0 + 7.5]


async def test_a_quota_behind_a_failure_still_sets_the_pair_aside() -> None:
    def script(request: Request, n: int) -> Reply:
        return failing("server") if n == 2 else failing("rate_limit", 3.0) if n == 3 else steady(request, n)

    outcome = await carry_out(experiment(pairs=1), script)
    assert [r.phase for r in outcome.runs] == ["cold", "cold", "set aside", "measured", "measured"]
    assert [c.attempt for c in outcome.runs[2].calls] == [1, 2]
    assert [v.errors for v in outcome.report.variants] == [0, 0]


async def test_a_warm_up_waits_before_it_is_made_again_and_each_is_a_run_of_its_own() -> None:
    outcome = await carry_out(experiment(pairs=1), failing_at(0))
    assert [(r.phase, len(r.calls)) for r in outcome.runs[:3]] == [("cold", 1)] * 3
    started = [float(r.started_at[17:23]) for r in outcome.runs[:2]]
    assert started[1] - started[0] == 2.0 + 1.0


# Stopping between two attempts.


async def test_cancel_while_waiting_to_ask_again() -> None:
    """The attempt that failed is kept and compared with nothing; no second one is made."""
    control = Control()

    def script(request: Request, n: int) -> Reply:
        if n == 4:
            control.cancel()
            return failing("overloaded", 60.0)
        return steady(request, n)

    outcome = await carry_out(experiment(pairs=5), script, control=control)
    assert (outcome.report.status, outcome.report.pairs) == ("cancelled", 1)
    assert len(outcome.backend.requests) == 5
    assert outcome.runs[-1].phase == "set aside"
    assert "quota" not in outcome.caveats()


def broke_off(request: Request, n: int) -> Reply:
    """Every answer reaches its cap; the third call breaks off, so that nobody knows whether it was billed."""
    size = sum(len(t.encode()) for t in request.texts()) + FRAME
    usage = Usage(cache_write_1h_tokens=size, output_tokens=request.max_tokens)
    error = CallError("connection", "told to fail") if n == 2 else None
    return Reply((), 1.0, Usage(), "", error) if error else Reply(((0.5, "ok"),), 1.0, usage)


FRAME = 7
"""Tokens that the API adds to every prompt of Sonnet 4.6."""
DEAREST = ((len("Be brief.") + len("Explain w0.") + FRAME) * 6 + 100 * 15) / 1e6


@pytest.mark.parametrize("calls", [3, 4, 5])
async def test_every_attempt_is_reserved_and_settled(calls: int) -> None:
    """Two warm-ups and a call that may have been billed in full; each further attempt needs room of its own."""
    cap = (calls + 0.5) * DEAREST
    outcome = await carry_out(experiment(pairs=10, budget_usd=cap), broke_off)
    assert len(outcome.backend.requests) == calls
    report = outcome.report
    assert report.status == "budget"
    assert report.cost_usd == pytest.approx(calls * DEAREST)
    assert report.cost_usd <= cap


async def test_what_was_paid_for_before_the_budget_ended_a_run_is_kept() -> None:
    outcome = await carry_out(experiment(pairs=10, budget_usd=3.5 * DEAREST), broke_off)
    kept = outcome.runs[-1]
    assert (kept.phase, [c.attempt for c in kept.calls]) == ("set aside", [1])
    assert kept.error is not None
    assert outcome.report.pairs == 0


async def test_half_a_pair_that_the_budget_ended_is_in_the_bills() -> None:
    def dear(request: Request, n: int) -> Reply:
        size = sum(len(t.encode()) for t in request.texts()) + FRAME
        return Reply(usage=Usage(cache_write_1h_tokens=size, output_tokens=100))

    report = (await carry_out(experiment(pairs=10, budget_usd=3.5 * DEAREST), dear)).report
    assert (report.status, report.pairs) == ("budget", 0)
    assert sum(v.cost.total_usd for v in report.variants) == pytest.approx(report.cost_usd)


# Answers that are no failures.


@pytest.mark.parametrize("reason", ["refusal", "max_tokens", "model_context_window_exceeded", "pause_turn"])
async def test_ends_of_answers_are_counted_as_what_they_are(reason: str) -> None:
    def script(request: Request, n: int) -> Reply:
        odd = arm(request) == "streaming" and n >= 2
        return Reply(((1.0, "ab"),), 2.0, Usage(10, 9), reason if odd else "end_turn")

    report = (await carry_out(experiment(pairs=6), script)).report
    base, stream = report.variants
    assert stream.stop_reasons == {reason: 6}
    assert (stream.errors, base.errors) == (0, 0)
    assert stream.metrics["e2e"].max == 2.0
    assert stream.shares["refusal"].count == 6 * (reason == "refusal")
    assert stream.shares["truncation"].count == 6 * (reason in ("max_tokens", "model_context_window_exceeded"))
    (refused,) = [d for d in report.share_differences if d.share == "refusal"]
    assert (refused.pairs, refused.items) == (6, len(experiment().scenario.samples))
    assert (refused.difference, refused.only_candidate, refused.real) == (
        (1.0, 6, True) if reason == "refusal" else (0.0, 0, False)
    )
