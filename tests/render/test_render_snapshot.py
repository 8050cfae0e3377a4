"""Events folded into what a screen may show: pure, and the same whoever folds."""

from functools import reduce
from typing import Any, get_args

import msgspec
import pytest
from render_builders import BASELINE, STREAMING, report, run

from optlab.core.events import (
    Connected,
    DaysListed,
    Event,
    Failed,
    HistoryListed,
    PricesListed,
    ScenariosListed,
    SetupRecalled,
    WorkerReady,
)
from optlab.core.plan_events import Estimate, ExperimentPlanned
from optlab.core.prompt import Prompt
from optlab.core.record import Provenance
from optlab.core.report import Failure
from optlab.core.run_events import (
    BudgetReached,
    CallFinished,
    CallStarted,
    ComparisonUpdated,
    ExperimentFinished,
    ExperimentStarted,
    RunFinished,
    RunsSetAside,
    TextDelta,
)
from optlab.core.scenario import Scenario
from optlab.core.study_events import CutTried, HeatProgress, StageStarted, StudyPlanned
from optlab.render.snapshot import Lane, Pace, Snapshot, Where, fold

PLAN = ExperimentPlanned(
    run_id="r1",
    scenario="Hamlet",
    model="m",
    variants=("baseline", "streaming"),
    pairs=12,
    primary="first_visible",
    primary_reason="asked for",
    provenance=Provenance.SIMULATED,
    why_backend="no credential",
    sim_speed=1.0,
    server="s",
    estimate=Estimate(26, 0.0, 0.1, 60.0),
    budget_usd=0.5,
    needs_consent=False,
)
SERVER = Connected(Provenance.SIMULATED, 1.0, "http://127.0.0.1:1", "no credential", False)
WHERE = Where(Provenance.SIMULATED, 1.0, "http://127.0.0.1:1", "no credential")
READY = WorkerReady("0", 1)


def started(variant: str) -> CallStarted:
    return CallStarted("r1", f"r1.{variant}", variant, 0, "measured")


def text(variant: str, at_s: float, words: str, kind: Any = "text") -> TextDelta:
    return TextDelta(f"r1.{variant}", variant, at_s, words, kind)


def folded(*events: Event) -> Snapshot:
    return reduce(fold, events, Snapshot())


def lane(snapshot: Snapshot, variant: str) -> Lane:
    (found,) = (lane for lane in snapshot.lanes if lane.variant == variant)
    return found


def test_from_nothing_to_running() -> None:
    assert folded().phase == "warming up"
    assert folded(READY, SERVER) == Snapshot("ready", where=WHERE)
    planned = folded(READY, SERVER, PLAN)
    assert planned == Snapshot(
        "planned", Where(Provenance.SIMULATED, 1.0, "s", "no credential"), PLAN, (Lane("baseline"), Lane("streaming"))
    )
    assert planned.runs_planned == 2 * 13
    assert Snapshot().runs_planned == 0
    assert folded(READY, PLAN, ExperimentStarted("r1", "now")).phase == "running"


def test_text_gathers_in_its_lane() -> None:
    found = folded(
        PLAN,
        started("streaming"),
        text("streaming", 0.5, "the "),
        text("baseline", 0.7, "a"),
        text("streaming", 0.9, "prince"),
    )
    assert lane(found, "streaming") == Lane(
        "streaming", "the prince", 0.5, run_id="r1.streaming", pace=Pace(last_at_s=0.9)
    )
    assert lane(found, "baseline") == Lane("baseline", "a", 0.7, pace=Pace(last_at_s=0.7))


def test_thinking_is_not_shown_and_tools_are() -> None:
    thinks = folded(PLAN, text("streaming", 0.1, "hmm", "thinking"))
    assert lane(thinks, "streaming") == Lane("streaming", thinking=True, pace=Pace(0.1, "hmm"))
    found = fold(thinks, text("streaming", 0.5, "{}", "tool"))
    assert lane(found, "streaming") == Lane("streaming", "{}", 0.5, pace=Pace(0.1, "hmm", 0.5))
    assert lane(thinks, "streaming").thought_s is None
    assert lane(found, "streaming").thought_s == pytest.approx(0.4)


def test_a_new_call_clears_its_lane_only() -> None:
    found = folded(PLAN, text("streaming", 0.5, "x"), text("baseline", 0.6, "y"), started("streaming"))
    assert lane(found, "streaming") == Lane("streaming", run_id="r1.streaming")
    assert lane(found, "baseline").text == "y"


def test_a_finished_run_shows_its_answer_and_its_bill() -> None:
    record = run(STREAMING, 0)
    found = folded(PLAN, text("streaming", 0.5, "the pr"), RunFinished(record, 0.02))
    assert lane(found, "streaming") == Lane("streaming", "the prince", 0.5, record, pace=Pace(last_at_s=0.5))
    assert (found.runs_done, found.spent_usd) == (1, 0.02)
    more = fold(found, RunFinished(run(BASELINE, 0), 0.03))
    assert (more.runs_done, more.spent_usd) == (2, 0.03)


def test_a_run_that_is_set_aside_counts_no_more() -> None:
    runs = [RunFinished(run(variant, pair), 0.02) for pair in (0, 1) for variant in (BASELINE, STREAMING)]
    found = folded(PLAN, *runs[:3], RunsSetAside(1, (runs[2].run.id,)))
    assert found.runs_done == 2
    assert [(p.pair, p.phase) for p in found.points] == [(0, "measured"), (0, "measured"), (1, "set aside")]
    again = fold(fold(found, runs[2]), runs[3])
    assert [p.phase for p in again.points] == ["measured", "measured", "set aside", "measured", "measured"]


def test_figures_as_they_stand_and_as_they_end() -> None:
    whole = report(STREAMING)
    updated = folded(PLAN, ComparisonUpdated(12, whole.variants, whole.comparisons, whole.cards))
    assert (updated.variants, updated.comparisons, updated.cards) == (whole.variants, whole.comparisons, whole.cards)
    assert updated.report is None
    ended = fold(updated, ExperimentFinished(whole))
    assert (ended.phase, ended.report, ended.spent_usd) == ("finished", whole, whole.cost_usd)
    assert ended.lanes == updated.lanes


def test_the_next_plan_starts_afresh_with_the_same_server() -> None:
    ended = folded(READY, SERVER, PLAN, text("baseline", 0.1, "x"), ExperimentFinished(report(STREAMING)))
    assert fold(ended, PLAN) == folded(READY, SERVER, PLAN)


def test_a_new_worker_forgets_everything() -> None:
    assert folded(SERVER, PLAN, text("baseline", 0.1, "x"), READY) == Snapshot()


def test_a_forecast_says_where_it_was_made_and_clears_nothing() -> None:
    ended = folded(READY, SERVER, PLAN, text("baseline", 0.1, "x"), ExperimentFinished(report(STREAMING)))
    forecast = msgspec.structs.replace(PLAN, dry=True, sim_speed=20.0)
    assert ended.where is not None
    assert fold(ended, forecast) == msgspec.structs.replace(
        ended, where=msgspec.structs.replace(ended.where, sim_speed=20.0)
    )


def test_points_are_what_finished_in_order() -> None:
    found = folded(PLAN, RunFinished(run(STREAMING, 0), 0.02), RunFinished(run(BASELINE, 0), 0.03))
    assert [(p.variant, p.pair, p.phase) for p in found.points] == [
        (run(v, 0).variant, 0, run(v, 0).phase) for v in (STREAMING, BASELINE)
    ]


def test_bad_news_is_told() -> None:
    found = folded(PLAN, BudgetReached(0.49, 0.5, "The budget is reached."))
    assert (found.phase, found.message) == ("planned", "The budget is reached.")
    failed = fold(found, Failed("refused", "The key is not valid."))
    assert (failed.phase, failed.message) == ("failed", "The key is not valid.")


@pytest.mark.parametrize(
    "event",
    [
        CallFinished("r", "baseline", run(BASELINE, 0).calls[0]),
        HistoryListed(()),
        ScenariosListed(()),
        PricesListed("prices.toml", {}),
        DaysListed(()),
        SetupRecalled("r", Scenario("S", "claude-sonnet-4-6", 10, Prompt(()), ()), Prompt(()), ()),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_is_not_shown_changes_nothing(event: Event) -> None:
    before = folded(READY, SERVER, PLAN)
    assert fold(before, event) is before


def test_what_broke_a_run_off_stands_with_its_report() -> None:
    broken = report(STREAMING, status="failed", failure=Failure("refused", "No credit is left."))
    found = folded(PLAN, ExperimentFinished(broken))
    assert (found.phase, found.message, found.report) == ("finished", "No credit is left.", broken)


def test_folding_changes_no_snapshot() -> None:
    before = folded(READY, SERVER, PLAN)
    copied = folded(READY, SERVER, PLAN)
    for event in (started("baseline"), text("baseline", 0.1, "x"), RunFinished(run(BASELINE, 0), 0.1), READY):
        fold(before, event)
        assert before == copied


def test_a_variant_that_was_never_planned_gets_a_lane() -> None:
    assert folded(PLAN, text("new", 0.1, "x")).lanes == (
        Lane("baseline"),
        Lane("streaming"),
        Lane("new", "x", 0.1, pace=Pace(last_at_s=0.1)),
    )


def test_every_kind_of_event_can_be_folded() -> None:
    assert len(get_args(Event)) == 42  # a new one belongs into these tests, shown or not


def test_what_a_search_tries_is_told_and_moves_no_picture() -> None:
    tried = CutTried(
        number=1, why="search", tried=("a",), good=True, answers=28, losses=0.0, dead=("a",), needed=(), calls=28,
        spent_usd=0.1,
    )  # fmt: skip
    for event in (tried, HeatProgress(1, 32, 0, (), 0.1)):
        assert fold(Snapshot(), event) == Snapshot()


STUDY = StudyPlanned(
    run_id="r1",
    scenario="Hamlet",
    model="m",
    provenance=Provenance.SIMULATED,
    why_backend="no credential",
    sim_speed=1.0,
    server="s",
    estimate=Estimate(26, 0.0, 0.1, 60.0),
    budget_usd=0.5,
    needs_consent=False,
    kind="ceiling",
)
FIRST = StageStarted("r1-1", 1, "output lengths", ("baseline",), 13)


def test_a_study_shows_the_experiment_it_is_at() -> None:
    assert folded(READY, STUDY).phase == "planned" and folded(READY, STUDY).subject == ""
    begun = folded(READY, STUDY, FIRST)
    assert (begun.phase, begun.subject, begun.runs_planned) == ("running", "Hamlet: output lengths", 13)
    assert begun.lanes == (Lane("baseline"),)
    further = folded(STUDY, FIRST, RunFinished(run(BASELINE, 0), 0.02), msgspec.structs.replace(FIRST, title="again"))
    assert (further.subject, further.runs_done, further.points, further.spent_usd) == ("Hamlet: again", 0, (), 0.02)


def test_a_study_that_was_only_planned_leaves_the_picture_alone() -> None:
    shown = folded(READY, SERVER, PLAN)
    dry = fold(shown, msgspec.structs.replace(STUDY, dry=True))
    assert (dry.plan, dry.study) == (PLAN, None)
