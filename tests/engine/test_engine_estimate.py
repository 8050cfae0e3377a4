"""What a run will take, before it is paid for: calls, dollars and seconds by hand."""

import msgspec
import pytest
from engine_builders import CACHING, MAX_TOKENS, SMALLER, STREAMING, experiment, scenario

from optlab.catalogue import load
from optlab.core.errors import UsageError
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.record import PastAnswer
from optlab.core.request import Block, Request, Turn
from optlab.core.scenario import Scenario
from optlab.engine.estimate import ceilings, estimate, estimate_all
from optlab.engine.guessing import AnswerLengths, prompt_tokens
from optlab.engine.pricing import OwnPrice, Pricer
from optlab.engine.requests import planned_requests
from optlab.engine.scenarios import load as load_scenario

HAIKU = "claude-haiku-4-5-20251001"
CASCADE = Variant("cascade", (LeverChoice("cascade"),))


def hamlet(*candidates: Variant) -> Experiment:
    """The course prompt: 11 estimated tokens and a frame of 7 on Sonnet 4.6."""
    return experiment(*candidates, of=load_scenario("hamlet"))


def test_a_prompt_is_counted_by_its_models_tokenizer_with_its_frame() -> None:
    def tokens(model: str) -> int:
        return prompt_tokens(Request(model, 1, (Turn("user", (Block("Summarise the plot of Hamlet in 3 bullets."),)),)))

    assert tokens("claude-sonnet-4-6") == 11 + 7
    assert tokens("claude-opus-5") == 15 + 6
    assert tokens("claude-opus-4-7") == 15 + 11
    assert tokens("unknown") == 11


async def test_the_baseline_and_a_lever_that_costs_the_same() -> None:
    found = await estimate(hamlet(STREAMING), Pricer(), 1.0)
    assert found.calls == 2 * 13
    assert found.low_usd == pytest.approx(26 * 18 * 3 / 1e6)
    assert found.high_usd == pytest.approx(26 * (18 * 6 + 400 * 15) / 1e6)
    profile = load().get("claude-sonnet-4-6").latency.profile
    one = profile.ttft_s.p50 + 18 / profile.prefill_tokens_per_s.uncached + 160 / profile.output_tokens_per_s.p50
    assert found.seconds == pytest.approx(26 * one)


async def test_what_is_expected_lies_between_with_answers_of_a_share_of_their_cap() -> None:
    found = await estimate(hamlet(STREAMING), Pricer(), 1.0)
    assert found.expected_usd == pytest.approx(26 * (18 * 3 + 160 * 15) / 1e6)
    assert found.low_usd < found.expected_usd < found.high_usd
    assert found.basis == "with answers of 40% of max_tokens"
    series = await estimate_all([hamlet(STREAMING), hamlet()], Pricer(), 1.0)
    assert series.expected_usd == pytest.approx(39 * (18 * 3 + 160 * 15) / 1e6)


async def test_kept_runs_tell_how_long_answers_will_be() -> None:
    """Each model's own; a cap cuts them; an answer cut below the cap says nothing; those of a
    model that thinks no more than it are next best."""
    past = [PastAnswer("claude-sonnet-4-6", n, cut) for n, cut in ((100, False), (200, False), (30, True))]
    lengths = AnswerLengths([*past, PastAnswer("claude-sonnet-4-6", 3, False, "judge")])
    assert lengths.basis == "with answers as long as 3 kept ones"
    assert lengths.expected("claude-sonnet-4-6", 400) == 150
    assert lengths.expected("claude-sonnet-4-6", 120) == 110
    assert lengths.expected("claude-sonnet-4-6", 30) == 30
    assert lengths.expected("claude-haiku-4-5-20251001", 400) == 150
    assert lengths.expected("claude-haiku-5-5", 400) == 160, "it thinks unasked: 40% of the cap"
    assert lengths.expected("claude-sonnet-4-6", 200, "judge") == 3
    found = await estimate(hamlet(MAX_TOKENS), Pricer(), 1.0, lengths)
    assert found.expected_usd == pytest.approx(13 * (2 * 18 * 3 + (150 + 110) * 15) / 1e6)
    unaware = await estimate(hamlet(MAX_TOKENS), Pricer(), 1.0)
    assert (found.low_usd, found.high_usd) == (unaware.low_usd, unaware.high_usd)
    assert found.seconds is not None and unaware.seconds is not None and found.seconds > unaware.seconds


async def test_a_cached_prompt_is_expected_to_be_written_once() -> None:
    base, cached = [await estimate(hamlet(*more), Pricer(), 1.0) for more in ((), (CACHING,))]
    assert base.expected_usd is not None and cached.expected_usd is not None
    more = cached.expected_usd - base.expected_usd
    assert more == pytest.approx((18 * (3.75 + 12 * 0.3) + 13 * 160 * 15) / 1e6)


async def test_a_cascade_costs_at_least_what_it_costs_where_nothing_escalates() -> None:
    """Its judge replies as judges did, in a word or two, not in answers as long as those to the question."""
    lengths = AnswerLengths([PastAnswer(HAIKU, 200, False), PastAnswer(HAIKU, 3, False, "judge")])
    base, both = [await estimate(hamlet(*more), Pricer(), 1.0, lengths) for more in ((), (CASCADE,))]
    draft, verdict, big = await planned_requests(hamlet().scenario, CASCADE, hamlet().scenario.samples)
    small_usd = prompt_tokens(draft) + prompt_tokens(verdict)
    assert both.low_usd - base.low_usd == pytest.approx(13 * small_usd / 1e6)
    assert both.expected_usd is not None and base.expected_usd is not None
    expected = small_usd * 1 + (200 + 3) * 5 + prompt_tokens(big) * 3 + 200 * 15
    assert both.expected_usd - base.expected_usd == pytest.approx(13 * expected / 1e6)


async def test_a_faster_simulation_takes_less_time_and_the_same_money() -> None:
    plain, fast = await estimate(hamlet(), Pricer(), 1.0), await estimate(hamlet(), Pricer(), 50.0)
    assert plain.seconds is not None and fast.seconds == pytest.approx(plain.seconds / 50)
    assert (fast.calls, fast.low_usd, fast.high_usd) == (plain.calls, plain.low_usd, plain.high_usd)


async def test_levers_change_what_is_estimated() -> None:
    base = await estimate(hamlet(), Pricer(), 1.0)
    capped = await estimate(hamlet(MAX_TOKENS), Pricer(), 1.0)
    assert capped.high_usd - base.high_usd == pytest.approx(13 * (18 * 6 + 120 * 15) / 1e6)
    smaller = await estimate(hamlet(SMALLER), Pricer(), 1.0)
    assert smaller.high_usd - base.high_usd == pytest.approx(13 * (18 * 2 + 400 * 5) / 1e6)
    cached = await estimate(hamlet(CACHING), Pricer(), 1.0)
    assert cached.low_usd - base.low_usd == pytest.approx(13 * 18 * 0.3 / 1e6)


async def test_many_samples_are_estimated_by_the_first_fifty() -> None:
    one = await estimate(experiment(pairs=99, of=scenario(items=50)), Pricer(), 1.0)
    more = await estimate(experiment(pairs=99, of=scenario(items=200)), Pricer(), 1.0)
    assert one == more
    assert one.calls == 100


async def test_an_unknown_model_has_no_known_time_and_needs_a_price() -> None:
    own = experiment(of=scenario(model="own"))
    with pytest.raises(UsageError, match="no price is known for the model 'own'"):
        await estimate(own, Pricer(), 1.0)
    found = await estimate(own, Pricer({"own": OwnPrice(0, 0)}), 1.0)
    assert (found.calls, found.low_usd, found.high_usd, found.seconds) == (13, 0, 0, None)


async def test_ceilings_are_the_dearest_run_of_each_variant_with_its_prompt_taken_twice() -> None:
    found = await ceilings(hamlet(MAX_TOKENS, SMALLER), Pricer())
    assert found == {
        "baseline": pytest.approx((36 * 6 + 400 * 15) / 1e6),
        "max_tokens": pytest.approx((36 * 6 + 120 * 15) / 1e6),
        "smaller_model": pytest.approx((36 * 2 + 400 * 5) / 1e6),
    }


async def test_the_longest_sample_sets_the_ceiling() -> None:
    short = scenario(items=2)
    longer = short.samples[1].__class__("long", {"q": "word " * 1_000})
    both = Scenario(short.name, short.model, short.max_tokens, short.prompt, (short.samples[0], longer))
    few, many = [await ceilings(experiment(of=s), Pricer()) for s in (short, both)]
    assert many["baseline"] - few["baseline"] == pytest.approx(2 * 922 * 6 / 1e6, rel=0.2)


async def test_the_estimate_of_a_bundled_run_stays_under_the_default_cap() -> None:
    for name in ("hamlet", "essay", "support_rules"):
        found = await estimate(experiment(STREAMING, of=load_scenario(name)), Pricer(), 1.0)
        assert 0 < found.low_usd < found.high_usd < 1.0


async def test_what_retries_may_add_is_told() -> None:
    """Three attempts: twice the high end on top; one attempt or a race: nothing."""
    found = await estimate(hamlet(STREAMING), Pricer(), 1.0)
    assert found.retries_usd == pytest.approx(2 * found.high_usd)
    once = experiment(STREAMING, of=scenario(attempts=1))
    assert (await estimate(once, Pricer(), 1.0)).retries_usd == 0.0
    race = msgspec.structs.replace(hamlet(STREAMING), pairs=0)
    assert (await estimate(race, Pricer(), 1.0)).retries_usd == 0.0
