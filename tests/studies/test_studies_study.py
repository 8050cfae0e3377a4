"""The frame of a study: one budget over all its experiments, one bill, and a head that says where it ended."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from optlab.backends.backend import BackendInfo
from optlab.core.errors import RefusedError
from optlab.core.events import Event
from optlab.core.experiment import Experiment, Variant
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallRecord, Judgement, Provenance, RunRecord
from optlab.core.report import Failure, Report
from optlab.core.run_events import (
    AnswerJudged,
    BudgetReached,
    CallStarted,
    ExperimentFinished,
    RunFinished,
    RunsSetAside,
)
from optlab.core.scenario import Sample, Scenario
from optlab.core.study_events import StageFinished, StageStarted
from optlab.studies.study import Lab

SCENARIO = Scenario("S", "m", 10, Prompt((Segment("q", "user", "Hi"),)), (Sample("a"),), source="s.toml")
EXPERIMENT = Experiment(SCENARIO, (Variant("baseline"),), "e2e", "a test", pairs=2, alpha=0.05, budget_usd=9.0)
INFO = BackendInfo(Provenance.SIMULATED, 2.0, "here", "a test", False)


class Bench:
    """Carries out experiments that cost 0.25 each, of one cold and one measured run; notes what was asked."""

    def __init__(self, *, status: Any = "finished", spoils: bool = False, failure: Failure | None = None) -> None:
        self._failure = failure
        self.asked: list[tuple[Experiment, str]] = []
        self.told: list[Event] = []
        self._status = status
        self._spoils = spoils

    async def carry(self, experiment: Experiment, run_id: str) -> AsyncIterator[Event]:
        self.asked.append((experiment, run_id))
        phases: Any = ("cold", "measured")
        for number, phase in enumerate(phases):
            call = CallRecord(f"{run_id}.{number}", "m", False, 0.0, 1.0, Provenance.SIMULATED)
            run = RunRecord(
                f"{run_id}.{phase}",
                "baseline",
                "a",
                0,
                phase,
                "2026-01-01",
                (call, call),
                "ok",
                e2e_s=1.0,
                first_visible_s=1.0,
            )
            yield CallStarted(run_id, run.id, "baseline", 0, run.phase)
            yield RunFinished(run, 0.1 * (number + 1))
            yield AnswerJudged(Judgement("j", 0, "m", "verdict", "a", ()), 0.1 * (number + 1))
        if self._spoils:
            yield RunsSetAside(0, (f"{run_id}.measured",))
        if self._status == "budget":
            yield BudgetReached(0.25, 1.0, "stopped")
        yield ExperimentFinished(
            Report(
                run_id, "S", "s.toml", Provenance.SIMULATED, 2.0, 0, "2026-01-01", "2026-01-01", self._status, 1,
                "e2e", 0.25, (), (), (), (), failure=self._failure,
            )
        )  # fmt: skip

    def lab(self, budget_usd: float | None = None) -> Lab:
        return Lab("study", "ceiling", SCENARIO, 7, INFO, self.carry, self.told.append, budget_usd)


async def test_experiments_share_the_budget_and_are_told_apart() -> None:
    bench = Bench()
    lab = bench.lab(1.0)
    first = await lab.run(EXPERIMENT, "lengths")
    assert first is not None and [run.phase for run in first.runs] == ["cold", "measured"]
    assert [run.phase for run in first.measured] == ["measured"]
    assert await lab.run(EXPERIMENT, "again") is not None
    assert [(asked.budget_usd, asked.stage, run_id) for asked, run_id in bench.asked] == [
        (1.0, 1, "study-1"),
        (0.75, 2, "study-2"),
    ]
    stages = [event for event in bench.told if isinstance(event, StageStarted)]
    assert stages[1] == StageStarted("study-2", 2, "again", ("baseline",), 3)
    assert not any(isinstance(event, ExperimentFinished) for event in bench.told), "that would end the command"
    for kind in (RunFinished, AnswerJudged):
        assert [event.spent_usd for event in bench.told if isinstance(event, kind | StageFinished)] == [
            pytest.approx(usd) for usd in (0.1, 0.2, 0.25, 0.35, 0.45, 0.5)
        ]
    head = lab.head()
    assert (head.status, head.calls, head.cost_usd, head.runs) == ("finished", 8, 0.5, ("study-1", "study-2"))
    assert (head.kind, head.source, head.provenance, head.seed) == ("ceiling", "s.toml", Provenance.SIMULATED, 7)
    assert head.sim_speed == 2.0


async def test_a_run_that_is_set_aside_later_does_not_count() -> None:
    stage = await Bench(spoils=True).lab().run(EXPERIMENT, "lengths")
    assert stage is not None and [run.phase for run in stage.runs] == ["cold", "set aside"]
    assert stage.measured == []


@pytest.mark.parametrize("status", ["budget", "cancelled"])
async def test_after_a_stop_nothing_more_is_run(status: str) -> None:
    bench = Bench(status=status)
    lab = bench.lab(1.0)
    assert await lab.run(EXPERIMENT, "first") is not None
    assert await lab.run(EXPERIMENT, "second") is None
    assert len(bench.asked) == 1
    assert lab.head().status == status and lab.head().cost_usd == 0.25
    assert all(event.spent_usd == 0.25 for event in bench.told if isinstance(event, BudgetReached))


async def test_what_breaks_an_experiment_off_ends_the_study_with_its_report_told() -> None:
    bench = Bench(status="failed", failure=Failure("refused", "no credit is left"))
    lab = bench.lab(1.0)
    with pytest.raises(RefusedError, match="no credit is left"):
        await lab.run(EXPERIMENT, "first")
    (last,) = [event for event in bench.told if isinstance(event, StageFinished)]
    assert last.report.status == "failed" and lab.spent_usd == 0.25


async def test_a_spent_budget_stops_before_the_next_experiment() -> None:
    lab = Bench().lab(0.25)
    assert await lab.run(EXPERIMENT, "first") is not None
    assert lab.left_usd == 0.0
    assert await lab.run(EXPERIMENT, "second") is None
    assert lab.head().status == "budget" and lab.calls == 4


async def test_without_a_cap_none_is_set() -> None:
    bench = Bench()
    assert await bench.lab().run(msgspec.structs.replace(EXPERIMENT, budget_usd=3.0), "first") is not None
    assert bench.asked[0][0].budget_usd is None


async def test_what_must_be_left_ends_an_experiment_and_not_the_study() -> None:
    bench = Bench(status="budget")
    lab = bench.lab(1.0)
    assert await lab.run(EXPERIMENT, "first", leave_usd=0.6) is not None
    assert bench.asked[0][0].budget_usd == pytest.approx(0.4)
    assert lab.stopped is None and not any(isinstance(event, BudgetReached) for event in bench.told)
    assert await lab.run(EXPERIMENT, "second", leave_usd=0.75) is None, "nothing is left beside what must be"
    assert lab.stopped is None and len(bench.asked) == 1
    assert await lab.run(EXPERIMENT, "third") is not None
    assert lab.stopped == "budget"


async def test_a_rule_goes_down_to_the_runner_where_one_is_given() -> None:
    given: list[Any] = []
    bench = Bench()
    carry = bench.carry

    def noting(experiment: Experiment, run_id: str, *more: Any) -> AsyncIterator[Event]:
        given.append(more)
        return carry(experiment, run_id)

    bench.carry = noting  # type: ignore[method-assign]

    def enough(block: Any) -> bool:
        return True

    lab = bench.lab()
    await lab.run(EXPERIMENT, "first")
    await lab.run(EXPERIMENT, "second", enough=enough)
    assert given == [(), (enough,)]
