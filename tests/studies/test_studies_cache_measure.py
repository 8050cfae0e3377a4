"""Cold and warm: what each call's usage proves, what is set aside, what is not even begun."""

import math
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from optlab.backends.backend import BackendInfo
from optlab.core.cache_report import SetAside
from optlab.core.commands import MeasureCache
from optlab.core.errors import UsageError
from optlab.core.events import Event
from optlab.core.experiment import Experiment, Variant
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallError, CallRecord, Provenance, RunRecord
from optlab.core.report import Caveat, Report
from optlab.core.run_events import ExperimentFinished, RunFinished
from optlab.core.scenario import Sample, Scenario, Traffic
from optlab.core.study_events import CacheMeasured
from optlab.core.usage import Usage
from optlab.engine.schedule import salt_of, salts
from optlab.studies.cache.measure import CacheMeasurement
from optlab.studies.study import Lab

RULES = Segment("rules", "system", "Be kind and short. " * 400)
SCENARIO = Scenario(
    "S", "claude-sonnet-4-6", 10, Prompt((RULES, Segment("q", "user", "Hi"))), (Sample("a"),), traffic=Traffic(0.1)
)
INFO = BackendInfo(Provenance.SIMULATED, 1.0, "here", "a test", False)
COLD, WARM = Usage(10, 5, cache_write_5m_tokens=2000), Usage(10, 5, cache_read_tokens=2000)
NOTHING = Usage(2010, 5)


def run(variant: str, pair: int, usage: Usage, ttft_s: float, failed: bool = False) -> RunRecord:
    error = CallError("timeout", "too long") if failed else None
    call = CallRecord("c", "m", True, 0.0, 3.0, Provenance.SIMULATED, usage=usage, error=error)
    phase: Any = "measured"
    return RunRecord(
        f"{variant}{pair}", variant, "a", pair, phase, "2026-01-01", (call,), "yes", 3.0, ttft_s, ttft_s, error=error
    )


Calls = list[tuple[Usage, Usage]]


async def measured(calls: Calls, *, status: Any = "finished", failed: int = -1, **asked: Any) -> CacheMeasured:
    """The study over pairs whose cold and warm calls had these usages: 2 s to a cold first token, 1 s to a warm one."""

    async def carry(experiment: Experiment, run_id: str) -> AsyncIterator[Event]:
        assert [v.own_salts for v in experiment.variants] == [True, False]
        for pair, (cold, warm) in enumerate(calls):
            # Half of the pairs begin with the warm call; the arms are told apart by name.
            both = [run("cold", pair, cold, 2.0), run("warm", pair, warm, 1.0, failed=pair == failed)]
            for one in both if pair % 2 else both[::-1]:
                yield RunFinished(one, 0.0)
        yield ExperimentFinished(
            Report(
                run_id, "S", "s", Provenance.SIMULATED, 1.0, 0, "2026-01-01", "2026-01-01", status, len(calls), "ttft",
                0.25, (), (), (), (Caveat("warm_wrote", "no"), Caveat("one_item", "one sample")),
            )
        )  # fmt: skip

    study = CacheMeasurement(MeasureCache("s", **{"pairs": max(1, len(calls)), **asked}), SCENARIO)
    lab = Lab("study", study.kind, SCENARIO, 0, INFO, carry, lambda event: None, None)
    return await study.carry_out(lab)


async def test_a_hit_is_faster_and_proven_by_usage() -> None:
    end = await measured([(COLD, WARM)] * 12)
    report = end.report
    assert (report.pairs, report.verdict, report.set_aside) == (12, "better", SetAside())
    assert report.saving == pytest.approx(0.5)
    assert report.cold is not None and report.warm is not None
    assert (report.cold.written_tokens, report.cold.read_tokens) == (2000, 0)
    assert (report.warm.written_tokens, report.warm.read_tokens) == (0, 2000)
    assert (report.cold.ttft_p50_s, report.warm.ttft_p50_s) == (2.0, 1.0)
    hit = 1 - math.exp(-0.5)
    assert report.expected is not None and report.expected.hit_rate == pytest.approx(hit)
    assert report.expected.ttft_s == pytest.approx(hit * 1.0 + (1 - hit) * 2.0)
    assert (end.head.calls, end.head.cost_usd, end.head.kind) == (24, 0.25, "cache")
    assert [caveat.code for caveat in end.head.caveats] == ["one_item"], "not those of arms that should be warm"


async def test_what_usage_contradicts_is_set_aside_and_counted() -> None:
    bad = [(WARM, WARM), (NOTHING, WARM), (COLD, COLD), (COLD, NOTHING)]
    end = await measured([(COLD, WARM)] * 6 + bad)
    report = end.report
    assert report.pairs == 6
    assert report.set_aside == SetAside(cold_read=1, cold_wrote_nothing=1, warm_read_nothing=2)
    assert any("4 pairs are set aside" in caveat.sentence for caveat in end.head.caveats)


async def test_a_failed_call_stays_and_is_endless() -> None:
    report = (await measured([(COLD, WARM)] * 7, failed=2)).report
    assert report.pairs == 7 and report.warm is not None and report.warm.failed == 1
    assert report.warm.ttft_p50_s == 1.0 and report.interval.low is None


async def test_stopped_half_way_it_ends_with_what_it_has() -> None:
    end = await measured([(COLD, WARM)] * 3, status="budget")
    assert end.head.status == "budget" and end.report.pairs == 3
    nothing = await measured([], status="cancelled")
    assert nothing.report.pairs == 0 and nothing.report.cold is None and nothing.report.verdict == "undecided"


async def test_without_arrivals_no_mixture_is_told() -> None:
    scenario = Scenario("S", SCENARIO.model, 10, SCENARIO.prompt, SCENARIO.samples)
    study = CacheMeasurement(MeasureCache("s"), scenario)
    assert study._report([(run("cold", 0, COLD, 2.0), run("warm", 0, WARM, 1.0))]).expected is None


async def test_below_the_minimum_nothing_is_paid() -> None:
    scenario = msgspec.structs.replace(SCENARIO, model="claude-haiku-4-5")
    study = CacheMeasurement(MeasureCache("s"), scenario)
    assert study.experiments == ()

    def carry(experiment: Experiment, run_id: str) -> AsyncIterator[Event]:
        raise AssertionError("no call may be made")

    end = await study.carry_out(Lab("x", study.kind, SCENARIO, 0, INFO, carry, lambda event: None, None))
    assert end.report.too_short and end.report.minimum_tokens == 4096
    assert (end.head.calls, end.head.cost_usd, end.head.runs) == (0, 0.0, ())


@pytest.mark.parametrize("asked", [{"pairs": 0}, {"rate_per_minute": 0.0}, {"rate_per_minute": math.inf}])
def test_what_makes_no_sense_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        CacheMeasurement(MeasureCache("s", **asked), SCENARIO)


async def test_an_arm_with_salts_of_its_own_never_repeats_one() -> None:
    (experiment,) = CacheMeasurement(MeasureCache("s"), SCENARIO).experiments
    drawn = await salts(experiment, "origin")
    cold, warm = experiment.variants
    several = [salt_of(drawn, cold, f"measured:{n}") for n in range(50)]
    assert len({*several, *drawn.values()}) == 52 and {len(salt) for salt in several} == {12}
    assert [salt_of(drawn, warm, f"measured:{n}") for n in range(2)] == [drawn["warm"]] * 2
    assert salt_of({}, Variant("plain", own_salts=True), "1") == ""
