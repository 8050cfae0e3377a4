"""What a cut saves: at the price of the model that is asked, and with what it does to a cached prefix."""

import pytest

from optlab.core.experiment import LeverChoice
from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import ParamValue, Sample, Scenario
from optlab.core.trim_report import Saving
from optlab.engine.pricing import Pricer
from optlab.levers import complete, stacked
from optlab.studies.cut_prompts import saving

SENTENCE = "All of it says something to somebody. "
PROMPT = Prompt(
    (
        Segment("long", "system", SENTENCE * 200),
        Segment("short", "system", SENTENCE * 40),
        Segment("tail", "user", SENTENCE * 20),
        Segment("question", "user", "Why?"),
    )
)
SCENARIO = Scenario("S", "claude-sonnet-4-6", 50, PROMPT, (Sample("one"),))
INPUT, READ = 3e-6, 0.3e-6
MINIMUM = 1_024
ROUNDED = 2 * INPUT
"""A token or two, by which sums of rounded parts differ."""


def saved(cut: str, lever: str = "caching", **params: ParamValue) -> Saving:
    levers = stacked([complete(LeverChoice(lever, params), SCENARIO)])
    return saving(SCENARIO, PROMPT.switched(cut, False), levers, Pricer())


@pytest.mark.parametrize("ttl, write", [("5m", 3.75e-6), ("1h", 6e-6)])
def test_a_cut_of_the_prefix_saves_reads_and_costs_one_write_at_its_price(ttl: str, write: float) -> None:
    found = saved("short", ttl=ttl)
    gone = found.tokens_before - found.tokens_after
    assert found.cached_usd_per_call == pytest.approx(gone * READ, abs=ROUNDED) and not found.cache_lost
    long = saved("long")
    prefix = long.tokens_before - long.tokens_after
    assert found.rewrite_usd == pytest.approx(prefix * write, abs=2 * write) and prefix > MINIMUM


def test_a_cut_behind_the_prefix_costs_no_write() -> None:
    found = saved("tail")
    gone = found.tokens_before - found.tokens_after
    assert found.rewrite_usd == 0.0 and found.cached_usd_per_call == pytest.approx(gone * INPUT)


def test_a_prefix_cut_below_the_minimum_is_paid_in_full() -> None:
    found = saved("long")
    other = saved("short")
    left = other.tokens_before - other.tokens_after
    gone = found.tokens_before - found.tokens_after
    assert found.cache_lost and found.rewrite_usd == 0.0 and left < MINIMUM
    assert found.cached_usd_per_call == pytest.approx((left + gone) * READ - left * INPUT, abs=ROUNDED)


def test_what_was_never_cached_saves_nothing_of_a_cache() -> None:
    short = Scenario("S", "claude-sonnet-4-6", 50, PROMPT.switched("long", False), (Sample("one"),))
    levers = stacked([complete(LeverChoice("caching"), short)])
    found = saving(short, short.prompt.switched("tail", False), levers, Pricer())
    assert found.cached_usd_per_call is None and not found.cache_lost


def test_the_price_is_that_of_the_model_that_is_asked() -> None:
    found = saved("tail", lever="smaller_model", model="claude-haiku-4-5-20251001")
    assert found.usd_per_call == pytest.approx((found.tokens_before - found.tokens_after) * 1e-6)
