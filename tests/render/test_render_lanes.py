"""Figures beside a stream while it comes and after, and how a race is told."""

import msgspec
import pytest
from render_builders import BASELINE, STREAMING, run

from optlab.catalogue import Cost, estimate_tokens
from optlab.core.plan_events import CallAhead
from optlab.core.record import CallError
from optlab.core.usage import Usage
from optlab.render.finish import called, finish
from optlab.render.lanes import NONE, THOUGHT_UP, SoFar, bill, figures, silence, so_far, tokens_per_s
from optlab.render.snapshot import Lane, Pace

AHEAD = CallAhead("streaming", "claude-sonnet-4-6", 1000, 0.003, 15e-6)
TEXT = "To be, or not to be, that is the question."


def speaking(**changes: object) -> Lane:
    lane = Lane("streaming", TEXT, 1.0, run_id="r", pace=Pace(last_at_s=2.0))
    return msgspec.structs.replace(lane, **changes)


def test_tokens_and_dollars_of_text_so_far() -> None:
    found = so_far(speaking(), AHEAD)
    tokens = estimate_tokens(TEXT, "old")
    assert found.tokens == tokens
    assert found.usd == pytest.approx(0.003 + tokens * 15e-6, abs=1e-5)
    assert found.tokens_per_s == pytest.approx(tokens / 2, abs=0.5), "from when it was sent"


def test_thinking_that_is_shown_is_paid_and_is_in_the_rate() -> None:
    quiet, thinks = so_far(speaking(), AHEAD), so_far(speaking(pace=Pace(0.2, TEXT, 2.0)), AHEAD)
    assert thinks.tokens == pytest.approx(2 * quiet.tokens, abs=1)
    assert thinks.tokens_per_s == pytest.approx(thinks.tokens / 2, abs=0.5)


def test_thinking_that_is_not_shown_makes_the_dollars_a_lower_bound() -> None:
    lane = speaking(pace=Pace(0.2, "", 2.0))
    words = figures(lane, 2.3, "simulated", so_far(lane, AHEAD)).total_words
    assert words[1].startswith("≥") and words[2].startswith("over ≈$0.003")
    assert not so_far(speaking(), AHEAD).unseen


def test_no_rate_before_text_and_no_dollars_without_a_price() -> None:
    assert so_far(Lane("streaming", run_id="r"), AHEAD).tokens_per_s is None
    assert so_far(speaking(), None).usd is None


def test_dollars_tick_as_estimates_until_the_bill_is_known() -> None:
    live = figures(speaking(), 2.3, "simulated", SoFar(12, 0.00318, 6.2))
    assert (live.first, live.total) == ("1.00", "2.3")
    assert live.total_words == ("s, clock runs", "≈6 tok/s so far", "≈$0.00318")
    over = figures(speaking(run=run(STREAMING, 0)), 9.0, "simulated")
    assert over.total_words == ("s in total", "25 tok/s overall", "$0.01") and over.first_words[1] == "simulated"
    assert "≈" not in f"{over}"


def test_thinking_has_a_clock_of_its_own() -> None:
    lane = Lane("streaming", run_id="r", thinking=True, pace=Pace(0.7))
    assert figures(lane, 3.0, "simulated").first_words[1] == "thinking 2.3 s"
    assert figures(Lane("streaming", run_id="r"), 3.0, "simulated").first_words[1] == "waiting"
    spoke = speaking(pace=Pace(0.4, "", 2.0))
    assert figures(spoke, 3.0, "simulated").first_words[2] == "thought 0.6 s"
    over = figures(msgspec.structs.replace(spoke, run=run(STREAMING, 0)), 9.0, "simulated")
    assert over.first_words[2] == "thought 0.6 s"


def test_thinking_that_nobody_saw_shows_in_the_bill() -> None:
    one = run(BASELINE, 0)
    call = msgspec.structs.replace(one.calls[0], usage=Usage(20, 100, thinking_tokens=60))
    found = figures(Lane("baseline", run_id="r", run=msgspec.structs.replace(one, calls=(call,))), 4.0, "simulated")
    assert found.first == NONE and found.first_words[-1] == "thought 60 tok"
    assert found.below == "billed $0.01: 20 in + 100 out (60 thinking)"


def test_the_bill_names_every_class_of_token() -> None:
    assert bill(run(BASELINE, 0)) == "billed $0.01: 20 in + 7 written + 3 read + 100 out"


def raced(**streaming: object) -> tuple[Lane, Lane]:
    left, right = run(BASELINE, 0), msgspec.structs.replace(run(STREAMING, 0), **streaming)
    return Lane("baseline", run_id="a", run=left), Lane("streaming", run_id="b", run=right)


def test_a_race_is_told_by_who_was_ahead() -> None:
    assert finish(raced(e2e_s=4.25)) == (
        "First text: streaming by 3.50 s · end: as written by 0.25 s · bill: the same · one call each: no verdict"
    )
    assert "end: level" in finish(raced())
    assert finish((raced()[0], Lane("streaming", run_id="b"))) == "", "nothing is said while one is on its way"


def test_a_cheaper_and_a_failed_racer() -> None:
    cheap = msgspec.structs.replace(run(STREAMING, 0).calls[0], cost=Cost(input_usd=0.004))
    assert "bill: streaming by $0.00600" in finish(raced(calls=(cheap,)))
    assert finish(raced(error=CallError("server", "told to fail"))) == "streaming failed · one call each: no verdict"


def test_racers_as_people_call_them() -> None:
    assert called("baseline again") == "as written again"
    assert called("trim+streaming") == "trim + streaming"
    assert called("max_tokens:cap=50") == "max_tokens:cap=50"


def thought_up(lane: Lane) -> Lane:
    """A racer whose tokens all went into thinking."""
    assert lane.run is not None
    call = msgspec.structs.replace(lane.run.calls[0], usage=Usage(20, 512, thinking_tokens=512), text="")
    silent = msgspec.structs.replace(
        lane.run, calls=(call,), answer="", ttft_s=None, tpot_s=None, first_visible_s=0.1, stop_reason="max_tokens"
    )
    return msgspec.structs.replace(lane, run=silent)


@pytest.mark.parametrize("which", [0, 1])
def test_a_racer_that_wrote_nothing_is_not_first_with_text(which: int) -> None:
    lanes = list(raced())
    lanes[which] = thought_up(lanes[which])
    told = finish(lanes)
    assert told.startswith(f"First text: none from {called(lanes[which].variant)} · end: level")
    found = figures(lanes[which], 4.0, "simulated")
    assert (found.first, found.first_words) == (NONE, ("no text", "simulated", "thought 512 tok"))
    run = lanes[which].run
    assert run is not None and silence(run) == THOUGHT_UP
    assert silence(msgspec.structs.replace(run, stop_reason="end_turn")) == "no text (stop: end_turn)"
    tool = msgspec.structs.replace(run, stop_reason="tool_use")
    assert silence(tool) == "" and figures(msgspec.structs.replace(lanes[which], run=tool), 4.0, "").first_words[0]


def test_both_lanes_have_the_rate_of_the_whole_call() -> None:
    plain, streamed = (lane.run for lane in raced(tpot_s=0.001))
    assert plain is not None and streamed is not None
    assert tokens_per_s(plain) == tokens_per_s(streamed) == 100 / 4.0
