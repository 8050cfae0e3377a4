"""What the engine makes of levers: breakpoints that do nothing, caches in batches, changed answers beside a card."""

import pytest
from engine_builders import BASELINE, bills, experiment, run, scenario, written

from optlab.catalogue import estimate_tokens
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.prompt import Prompt, Segment
from optlab.core.request import Block, Request, Turn
from optlab.core.scenario import Plan, Sample, Scenario
from optlab.engine.arrivals import hit_rate, weighted_cost
from optlab.engine.beside import change_shown
from optlab.engine.cache_caveats import cache_caveats
from optlab.engine.compare import compare
from optlab.engine.estimate import estimate
from optlab.engine.guessing import marked_tokens, prefixes, prompt_tokens
from optlab.engine.pricing import Pricer
from optlab.levers import parse_choice

WORDS = "Parcels go out every day. "


def tokens(sentences: int) -> int:
    """Estimated tokens of so many sentences in one block."""
    return estimate_tokens(WORDS * sentences, "old")


def variant(*levers: str) -> Variant:
    choices = tuple(parse_choice(text) for text in levers)
    return Variant("+".join(choice.name for choice in choices), choices)


def long_prompt(rules: int, examples: int, model: str = "claude-sonnet-4-6") -> Scenario:
    """Rules and examples of so many sentences each, then a question."""
    prompt = Prompt(
        (
            Segment("rules", "system", WORDS * rules, trimmable=False),
            Segment("examples", "system", WORDS * examples),
            Segment("question", "user", "{q}", trimmable=False),
        )
    )
    return Scenario("Long", model, 100, prompt, (Sample("s0", {"q": "Where is it?"}),), plan=Plan())


def told(of: Scenario, *levers: str) -> dict[str, str]:
    made = experiment(variant(*levers), primary="cost_usd", of=of)
    return {caveat.code: caveat.sentence for caveat in cache_caveats(made, ())}


def test_a_chosen_breakpoint_below_the_minimum_is_named() -> None:
    of = long_prompt(rules=50, examples=200)
    assert tokens(50) < 1024 < tokens(200) < 4096
    (sentence,) = told(of, "caching:at=rules+examples").values()
    assert sentence.startswith(f"the breakpoint of caching behind 'rules' covers about {tokens(50)} tokens, and ")
    assert "Claude Sonnet 4.6 caches from 1,024 tokens on" in sentence
    assert told(of, "caching:at=examples") == told(of, "caching") == {}
    assert list(told(of, "smaller_model", "caching:at=examples")) == ["breakpoint_below_minimum"]


def test_a_trim_that_takes_a_prefix_below_the_minimum_is_told() -> None:
    """What is sent gets shorter and dearer: it was read from the cache and is not any more."""
    of = long_prompt(rules=140, examples=33)
    both = tokens(140) + tokens(33)
    assert tokens(140) < 1024 < both
    (sentence,) = told(of, "trim", "caching").values()
    assert f"takes the cached prefix from about {both:,} to about {tokens(140)} tokens" in sentence
    assert told(of, "trim", "caching").keys() == {"trim_below_minimum"}
    assert told(of, "trim") == {}
    assert told(long_prompt(rules=170, examples=33), "trim", "caching") == {}, "enough is left"


def test_prefixes_add_up_to_the_marks() -> None:
    blocks = (Block(WORDS * 10, "5m"), Block(WORDS * 5))
    request = Request("claude-sonnet-4-6", 1, (Turn("user", (Block("Hi", "5m"), Block("there"))),), system=blocks)
    (_, first), (part, second) = prefixes(request)
    assert (first, part) == (tokens(10), Block("Hi", "5m"))
    assert marked_tokens(request) == second == prompt_tokens(request) - 7 - prompt_tokens_of("there")
    assert marked_tokens(Request("m", 1, (Turn("user", (Block("Hi"),)),))) == 0


def prompt_tokens_of(text: str) -> int:
    return prompt_tokens(Request("unknown", 1, (Turn("user", (Block(text),)),)))


async def test_the_estimate_reads_only_what_stands_before_the_last_mark() -> None:
    of = long_prompt(rules=200, examples=100)

    async def low(*levers: str) -> float:
        return (await estimate(experiment(variant(*levers), pairs=9, of=of), Pricer(), 1.0)).low_usd

    question = Turn("user", (Block("Where is it?"),))
    asked, both = prompt_tokens(Request("claude-sonnet-4-6", 1, (question,))), tokens(200) + tokens(100)
    assert await low() == pytest.approx(2 * 10 * (both + asked) * 3 / 1e6)
    assert await low() - await low("caching:at=rules") == pytest.approx(10 * tokens(200) * (3 - 0.3) / 1e6)
    assert await low() - await low("caching") == pytest.approx(10 * both * (3 - 0.3) / 1e6)
    assert await low() - await low("trim") == pytest.approx(10 * tokens(100) * 3 / 1e6)


def in_batch(rate: float | None = None) -> tuple[Experiment, Variant]:
    both = variant("caching", "batch")
    return experiment(both, primary="cost_usd", rate=rate), both


def test_a_cache_in_a_batch_is_weighted_for_the_fewest_hits_that_are_known() -> None:
    made, both = in_batch(rate=60.0)
    assert hit_rate(made, both) == hit_rate(*in_batch()) == 0.30
    assert hit_rate(made, variant("batch")) is None
    one = run(both, 0, usd=0.001, warm_usd=0.001, cold_usd=0.002)
    assert weighted_cost(made, both, one) == pytest.approx(0.3 * 0.001 + 0.7 * 0.002)
    found = compare(
        made, both, "cost_usd", bills(both, [0.004, 0.004], [0.001, 0.001]), {BASELINE.name: 1.0, both.name: 1.0}
    )
    assert found is not None and found.note == "weighted for a batch: 30% hits"
    assert [caveat.code for caveat in cache_caveats(made, ())] == ["cache_in_batch"]


@pytest.mark.parametrize(
    "base, candidate, state",
    [
        (["yes", "yes"] * 4, ["no", "no"] * 4, "broken"),
        (["yes", "no"] * 4, ["no", "yes"] * 4, "held"),
        (["yes"], ["no"], "open"),
    ],
)
def test_whether_answers_changed_stands_beside_a_trim(base: list[str], candidate: list[str], state: str) -> None:
    trim = Variant("trim", (LeverChoice("trim"),))
    made = experiment(trim, of=scenario(items=1))
    pairs = written(trim, base, candidate)
    (guard,) = change_shown(made, trim, pairs, over=True)
    assert (guard.name, guard.state, guard.blocking) == ("change", state, False)
    assert change_shown(made, trim, pairs, over=False) == (), "the change test looks once"
    assert change_shown(made, variant("smaller_model"), pairs, over=True) == ()
