"""One variant in figures: what may be printed from how many runs, and what the bill counts."""

import math

import pytest
from engine_builders import BASELINE, CACHING, STREAMING, run
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.catalogue import Cost
from optlab.core.report import CacheCount, CheckCount, ColdStart, QualityCount
from optlab.core.usage import Usage
from optlab.core.verdict import Interval
from optlab.engine.summary import distribution, figure, flipped, savings, summarise


@pytest.mark.parametrize("value, shown", [(None, None), (1.5, 1.5), (0.0, 0.0), (math.inf, "inf")])
def test_a_figure_is_what_json_can_carry(value: float | None, shown: float | str | None) -> None:
    assert figure(value) == shown


def counting(n: int) -> list[float]:
    return [float(i) for i in range(1, n + 1)]


def test_p90_is_a_number_from_36_runs_on() -> None:
    below, enough = distribution(counting(35)), distribution(counting(36))
    assert below.p90 is None
    assert below.p90_interval.low is not None and below.p90_interval.high is None
    assert enough.p90 == pytest.approx(32.5)  # type 7: position 35 x 0.9 of the sorted values
    assert enough.p90_interval.high == 36.0
    assert enough.p99 is None and enough.p99_interval.high is None


def test_p99_is_a_number_from_368_runs_on() -> None:
    assert distribution(counting(367)).p99 is None
    enough = distribution(counting(368))
    assert enough.p99 == pytest.approx(1 + 367 * 0.99)
    assert enough.p99_interval.high == 368.0


def test_p50_is_always_a_number_and_has_an_interval_from_6_runs_on() -> None:
    assert distribution([3.0]).p50 == 3.0
    assert distribution(counting(5)).p50_interval == Interval(None, None)
    assert distribution(counting(6)).p50_interval == Interval(1.0, 6.0)
    assert distribution(counting(12)).p50 == 6.5
    assert distribution(counting(12)).p50_interval == Interval(3.0, 10.0)


def test_twelve_runs() -> None:
    found = distribution(counting(12))
    assert (found.n, found.mean, found.max) == (12, 6.5, 12.0)
    assert found.p90_interval == Interval(8.0, None)


def test_a_failed_run_is_infinite() -> None:
    found = distribution([*counting(11), math.inf])
    assert found.p50 == 6.5
    assert (found.mean, found.max) == ("inf", "inf")
    half = distribution([1.0, 2.0, math.inf, math.inf])
    assert half.p50 == "inf"
    most = distribution([1.0] + [math.inf] * 39)
    assert (most.p50, most.p90) == ("inf", "inf")
    assert most.p90_interval == Interval(None, None)


def test_no_values_are_no_distribution() -> None:
    with pytest.raises(ValueError, match=r"."):
        distribution([])


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=50), st.randoms(use_true_random=False))
def test_the_order_of_runs_changes_no_figure(values: list[float], random: object) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert distribution(shuffled) == distribution(values)
    found = distribution(values)
    assert found.p50 is not None and found.max == max(values)
    assert min(values) <= float(found.p50) <= max(values)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=50))
def test_one_more_failure_never_lowers_a_figure(values: list[float]) -> None:
    before, after = distribution(values), distribution([*values, math.inf])
    assert float(after.p50 or 0) >= float(before.p50 or 0)
    low_before, low_after = before.p50_interval.low, after.p50_interval.low
    if low_before is not None and low_after is not None:
        assert low_after >= low_before or math.isclose(low_after, low_before)


WRITES = Usage(100, 50, 2_800, 0, 0)
READS = Usage(100, 50, 0, 0, 2_800)


def test_the_bill_counts_the_warm_up_and_the_figures_do_not() -> None:
    cold = [run(CACHING, 0, e2e_s=9.0, ttft_s=5.0, usd=0.5, usage=WRITES, phase="cold")]
    measured = [run(CACHING, i, e2e_s=2.0, ttft_s=0.5, usd=0.1, usage=READS) for i in range(3)]
    found = summarise(CACHING, "asked-for", measured, cold)
    assert (found.name, found.levers, found.model, found.runs, found.errors) == (
        "caching",
        ("caching",),
        "claude-sonnet-4-6",
        3,
        0,
    )
    assert found.usage == Usage(400, 200, 2_800, 0, 8_400)
    assert found.cost.total_usd == pytest.approx(0.8)
    assert found.cost == Cost(output_usd=found.cost.output_usd)
    assert found.metrics["cost_usd"].mean == pytest.approx(0.1)
    assert found.metrics["e2e"].max == 2.0
    assert found.metrics["first_visible"].p50 == 0.5
    assert found.cache == CacheCount(1.0, 8_400, 2_800, READS.prompt_tokens)
    assert found.cold == ColdStart(5.0, 9.0, 0.5, 2_800, 0)
    assert found.stop_reasons == {"end_turn": 3}


def test_the_hit_rate_is_the_share_of_measured_runs_that_read() -> None:
    runs = [run(CACHING, 0, usage=WRITES), *(run(CACHING, i, usage=READS) for i in range(1, 4))]
    assert summarise(CACHING, "m", runs, []).cache.hit_rate == 0.75
    assert summarise(CACHING, "m", [], runs[:1]).cache.hit_rate is None


def test_nothing_measured_yet() -> None:
    found = summarise(BASELINE, "asked-for", [], [])
    assert (found.model, found.runs, found.metrics, found.cold) == ("asked-for", 0, {}, None)
    assert found.quality == QualityCount(None, 0, 0)
    assert found.cost == Cost() and found.usage == Usage()


def test_plain_runs_have_no_time_to_first_token() -> None:
    found = summarise(BASELINE, "m", [run(BASELINE, i) for i in range(3)], [])
    assert set(found.metrics) == {"first_visible", "e2e", "e2e_retries", "cost_usd"}
    streamed = summarise(STREAMING, "m", [run(STREAMING, i, ttft_s=0.5) for i in range(3)], [])
    assert set(streamed.metrics) == {"first_visible", "ttft", "e2e", "e2e_retries", "cost_usd"}


def test_failures_are_counted_and_infinitely_slow() -> None:
    runs = [run(BASELINE, i, failed=i == 0, stop_reason=None if i == 0 else "max_tokens") for i in range(4)]
    found = summarise(BASELINE, "m", runs, [])
    assert found.errors == 1
    assert found.metrics["e2e"].max == "inf" and found.metrics["e2e"].p50 == 2.0
    assert found.metrics["cost_usd"].max == 0.001
    assert found.stop_reasons == {"none": 1, "max_tokens": 3}


def test_quality_counts_full_marks() -> None:
    runs = [run(BASELINE, i, score=score) for i, score in enumerate([1.0, 0.5, 0.0, 1.0])] + [run(BASELINE, 4)]
    assert summarise(BASELINE, "m", runs, []).quality == QualityCount(
        0.625, 2, 4, {"contains": CheckCount(0.625, 2, 4)}
    )


def test_the_model_is_the_one_that_answered_most() -> None:
    runs = [run(BASELINE, i, model="b" if i else "a") for i in range(3)]
    assert summarise(BASELINE, "asked-for", runs, []).model == "b"


def test_intervals_turned_into_savings() -> None:
    assert flipped(Interval(0.75, 1.5)) == Interval(-0.5, 0.25)
    assert flipped(Interval(None, 0.5)) == Interval(0.5, None)
    assert flipped(Interval(-0.07, 1.5)) == Interval(-0.5, 1.0), "nobody saves more than the whole bill"
    found = savings(Interval(math.log(0.5), math.log(2)))
    assert (found.low, found.high) == (pytest.approx(-1), pytest.approx(0.5))
    assert savings(Interval(None, 0.0)) == Interval(None, 0.0)
    assert savings(Interval(0.0, None)) == Interval(0.0, None)
