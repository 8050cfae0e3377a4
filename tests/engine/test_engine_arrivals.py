"""The cost of caching at real traffic: Poisson arrivals against the lifetime of an entry."""

import math

import pytest
from engine_builders import BASELINE, CACHING, STREAMING, experiment, run, scenario
from hypothesis import given
from hypothesis import strategies as st

from optlab.core.experiment import LeverChoice, Variant
from optlab.core.scenario import Scenario
from optlab.core.usage import Usage
from optlab.engine.arrivals import hit_rate, weighted_cost, weighting

HOUR = Variant("caching", (LeverChoice("caching", {"ttl": "1h"}),))


def test_the_hit_rate_is_the_share_of_gaps_shorter_than_the_lifetime() -> None:
    assert hit_rate(experiment(CACHING, rate=0.1), CACHING) == pytest.approx(1 - math.exp(-0.5))
    assert hit_rate(experiment(HOUR, rate=0.1), HOUR) == pytest.approx(1 - math.exp(-6))


def test_the_lifetime_may_be_the_scenarios() -> None:
    plain = scenario()
    declared = Scenario(
        plain.name, plain.model, 400, plain.prompt, plain.samples, lever_params={"caching": {"ttl": "1h"}}
    )
    assert hit_rate(experiment(CACHING, rate=0.1, of=declared), CACHING) == pytest.approx(1 - math.exp(-6))


def test_without_caching_or_without_a_rate_there_is_none() -> None:
    assert hit_rate(experiment(CACHING), CACHING) is None
    assert hit_rate(experiment(STREAMING, rate=4.0), STREAMING) is None
    assert hit_rate(experiment(CACHING, rate=4.0), BASELINE) is None


def test_the_cost_as_billed_where_there_is_no_hit_rate() -> None:
    record = run(CACHING, 0, usd=0.005, warm_usd=0.002, cold_usd=0.012)
    assert weighted_cost(experiment(CACHING), CACHING, record) == 0.005
    assert weighted_cost(experiment(CACHING, rate=4.0), BASELINE, record) == 0.005


@given(st.floats(0.001, 100))
def test_the_weighted_cost_lies_between_warm_and_cold_and_falls_with_traffic(rate: float) -> None:
    record = run(CACHING, 0, usd=0.005, warm_usd=0.002, cold_usd=0.012)
    share = 1 - math.exp(-5 * rate)
    found = weighted_cost(experiment(CACHING, rate=rate), CACHING, record)
    assert found == pytest.approx(share * 0.002 + (1 - share) * 0.012)
    assert 0.002 - 1e-12 <= found <= 0.012 + 1e-12
    assert weighted_cost(experiment(CACHING, rate=2 * rate), CACHING, record) <= found + 1e-12


def test_what_wrote_back_to_back_is_no_cheaper_in_traffic() -> None:
    wrote = run(CACHING, 0, usd=0.012, warm_usd=0.002, cold_usd=0.012, usage=Usage(10, 50, 2_000))
    assert weighted_cost(experiment(CACHING, rate=4.0), CACHING, wrote) == pytest.approx(0.012)
    partly = run(CACHING, 1, usd=0.006, warm_usd=0.002, cold_usd=0.012, usage=Usage(10, 50, 500, 0, 1_500))
    share = 1 - math.exp(-20)
    expected = share * 0.006 + (1 - share) * 0.012
    assert weighted_cost(experiment(CACHING, rate=4.0), CACHING, partly) == pytest.approx(expected)


def test_the_note_tells_of_calls_that_wrote_anew() -> None:
    read, wrote = (run(CACHING, i, usage=Usage(10, 50, n, 0, 2_000 - n)) for i, n in enumerate((0, 2_000)))
    busy = experiment(CACHING, rate=4.0)
    assert weighting(busy, CACHING, [read]) == "weighted for 4 calls a minute: 100% hits"
    told = weighting(busy, CACHING, [read, wrote])
    assert told == "weighted for 4 calls a minute: 100% hits if prefixes stayed the same, but 1 of 2 wrote anew"
    assert weighting(experiment(CACHING), CACHING, [read]) is None
