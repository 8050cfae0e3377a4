"""The words of the studies of caching: what a reader needs to see, whatever the figures are."""

from optlab.core.cache_report import (
    Arm,
    Breakpoints,
    CachePlan,
    Diagnosis,
    DoctorReport,
    DoctorSummary,
    Expected,
    Finding,
    MeasureReport,
    PlanReport,
    SetAside,
)
from optlab.core.record import Provenance
from optlab.core.report import Caveat
from optlab.core.study import StudyHead
from optlab.core.study_events import CacheMeasured
from optlab.core.verdict import Interval
from optlab.render import cache_doctor, cache_measure, cache_plan
from optlab.render.tables import markdown

FINDING = Finding("changed_block", "system[0]", "clock", 90, 90_000, 0.9, 4, "10:00 \x1b[1m", "10:01")


def doctor(*findings: Finding, per_day: float | None = None) -> DoctorReport:
    paced = {"calls_per_day": 2000.0, "span_s": 600.0, "lost_usd_per_day": per_day} if per_day else {}
    summary = DoctorSummary(
        calls=100,
        hits=9,
        templates=1,
        causes={"changed_block": 90},
        prompt_tokens=200_000,
        read_tokens=20_000,
        lost_tokens=90_000,
        input_usd=1.5,
        lost_usd=0.9,
        lost_usd_per_1000_calls=9.0,
        lost_usd_per_day=paced.get("lost_usd_per_day"),
        calls_per_day=paced.get("calls_per_day"),
        span_s=paced.get("span_s"),
        findings=findings,
        notes=("a note",),
    )
    return DoctorReport((Diagnosis(0, "changed_block", "system[0]", "clock", 1000),), summary)


def test_a_finding_is_priced_per_thousand_calls_or_a_day() -> None:
    plain, paced = doctor(FINDING), doctor(FINDING, per_day=18.0)
    row = "| 1 | changed_block | system[0] | clock | 90 | 90,000 | $9.00 |"
    assert row in markdown(cache_doctor.doctor_grid(plain))
    assert cache_doctor.doctor_grid(plain).header[-1] == "$ per 1,000 calls"
    grid = cache_doctor.doctor_grid(paced)
    assert (grid.header[-1], grid.rows[0][-1]) == ("$ a day", "$18.00")
    assert "$18.00 a day at the log's pace (2,000 calls a day, from 10 min 0 s)" in cache_doctor.doctor_end(paced)
    assert "$9.00 per 1,000 calls; 10% of their tokens were read" in cache_doctor.doctor_end(plain)
    assert cache_doctor.doctor_end(plain).endswith("0 calls, $0")


def test_words_of_a_log_are_text_only() -> None:
    lines = list(cache_doctor.doctor_lines(doctor(FINDING)))
    assert lines[0].startswith("1: the time of day; ") and lines[0].endswith("in call 4: 10:00 ␛[1m → 10:01")
    assert lines[-1] == "a note"


def test_findings_that_lost_nothing_are_left_out_and_many_are_counted() -> None:
    nothing = Finding("no_breakpoint", None, None, 3, 0, 0.0, 0)
    assert cache_doctor.doctor_grid(doctor(nothing)).rows == ()
    assert any("nothing that could have been read" in words for words in cache_doctor.doctor_lines(doctor(nothing)))
    many = doctor(*[FINDING] * 15)
    assert len(cache_doctor.doctor_grid(many).rows) == 12
    assert "and 3 more; --format json has every request" in list(cache_doctor.doctor_lines(many))


def test_unknown_prices_are_absent() -> None:
    unpriced = Finding("expired", None, None, 1, 10, None, 0)
    assert cache_doctor.doctor_grid(doctor(unpriced)).rows[0][-1] == "absent"


PLANS = (
    CachePlan("none", 0.0, 1.0, 8.4),
    CachePlan("5m", 0.4, 0.8, 6.72),
    CachePlan("1h", 1.0, 0.1, 0.84),
    CachePlan("keep_alive", 1.0, 0.28, 2.4, 1.5),
)


def plan(choice: str = "1h", tokens: int = 2800) -> PlanReport:
    return PlanReport(
        model="m",
        prefix_tokens=tokens,
        prefix_is_estimate=True,
        minimum_tokens=1024,
        plans=PLANS,
        choice=choice,  # type: ignore[arg-type]
        break_even={"5m": 0.217, "1h": 0.526},
        arrivals=None,
        rate_per_minute=0.1,
        breakpoints=(Breakpoints("m", 5, ("system[0]", "the last block"), "5m", 1.0, 2.0, 3.0, 8),),
        warnings=("too short",),
    )


def test_the_choice_is_marked_and_explained() -> None:
    assert "| → 1 hour | 100% | × 0.100 | – | $0.84 |" in markdown(cache_plan.plan_grid(plan()))
    assert "| 5 minutes, kept alive | 100% | × 0.280 | 1.50 |" in markdown(cache_plan.plan_grid(plan()))
    assert "0.1 calls a minute" in cache_plan.plan_title(plan()) and "(ESTIMATED)" in cache_plan.plan_title(plan())
    lines = list(cache_plan.plan_lines(plan()))
    assert lines[0] == "choose 1 hour: it saves 90% of what the prefix costs without a cache"
    assert lines[1] == "warning: too short" and lines[-1].endswith("0 calls, $0")
    none = next(cache_plan.plan_lines(plan("none")))
    assert none == "choose no cache: caching pays from a hit rate of 22% (5 minutes) or 53% (1 hour) on"
    assert "too short to be cached" in next(cache_plan.plan_lines(plan("none", 900)))
    assert "| system[0], the last block | 5 minutes | 5 | $1.00 | $2.00 | $3.00 |" in markdown(
        cache_plan.breakpoints_grid(plan())
    )


def test_json_of_a_plan_has_the_promised_keys() -> None:
    found = cache_plan.plan_object(plan())
    assert [set(one) for one in found["plans"]] == [{"ttl", "hit_rate", "multiplier", "usd_per_1000_calls"}] * 4
    assert found["choice"] == "1h"


def measured() -> CacheMeasured:
    head = StudyHead(
        study_id="s",
        kind="cache",
        scenario="S",
        source="s.toml",
        provenance=Provenance.SIMULATED,
        sim_speed=20.0,
        server="here",
        seed=0,
        catalogue_as_of="2026-11-22",
        started_at="2026-11-22",
        status="finished",
        calls=26,
        cost_usd=0.32,
        caveats=(Caveat("x", "one sample"),),
    )
    cold = Arm(12, 0, 2.0, Interval(1.5, None), 2.1, 0.0, 2853.0, 0.0124)
    warm = Arm(12, 1, None, Interval(None, None), 1.0, 2853.0, 0.0, 0.0025)
    report = MeasureReport(
        "m", "5m", 2851, 1024, 12, 12, SetAside(), cold, warm, "better", 0.5, Interval(0.3, None), 0.1,
        Expected(4.0, 1.0, 1.1, 0.0025),
    )  # fmt: skip
    return CacheMeasured(head=head, report=report)


def test_cold_and_warm_stand_side_by_side_under_their_provenance() -> None:
    end = measured()
    assert "SIMULATED at speed 20" in cache_measure.measure_title(end)
    text = markdown(cache_measure.measure_grid(end.report))
    assert "| first token, p50 | 2.00 s (≥ 1.50 s) | never (failed) | 50% (≥ 30%), better |" in text
    assert "| failed | 0 | 1 |" in text
    lines = list(cache_measure.measure_lines(end))
    assert lines[0] == "at 4 calls a minute 100% hit: a first token takes 1.10 s on average, a call costs $0.00250"
    assert lines[1:] == [
        "caveat: one sample",
        "26 calls, $0.32 of simulated money, prices as of 2026-11-22 · SIMULATED",
    ]
    found = cache_measure.measure_object(end)
    assert found["interval"] == [0.3, None] and found["cold"]["ttft_p50_interval"] == [1.5, None]
