"""The lesson of every bundled scenario holds on the stand-in model, and for the reason that it is meant to show."""

import re

import pytest
from lesson_bench import HAIKU, SONNET, bundled, cascade_loses, ids, share_right
from recipes import long_chat, trim_bench

from optlab.catalogue import estimate_tokens, load
from optlab.core.request import compose
from optlab.stats import decide_quality_once

NEEDED_OF_THE_BENCH = frozenset(trim_bench.ASKED)
"""Known to the recipe and to this test alone: the scenario does not say which pieces are dead."""

NEEDED_OF_THE_CHAT = {
    "booking asked": ("nights", "departure"),
    "hotel answered": ("hotel", "code"),
    "transfer answered": ("transfer", "pickup"),
    "walking answered": ("guide", "deposit"),
}
DEAD_OF_THE_TICKETS = frozenset({"replies", "team", "more examples"})


def tokens(text: str) -> int:
    return estimate_tokens(text, "old")


def cuttable(name: str) -> dict[str, int]:
    """Tokens of every segment that may be cut."""
    return {s.name: tokens(s.text) for s in bundled(name).prompt.segments if s.trimmable}


def test_the_small_model_is_right_on_easy_questions_and_often_wrong_on_bills() -> None:
    bills = ids("support_desk", ["bill"])
    easy = frozenset(s.id for s in bundled("support_desk").samples) - bills
    assert len(bills) == 24 and len(easy) == 96
    assert share_right("support_desk", HAIKU, of=easy) >= 0.96
    assert 0.65 <= share_right("support_desk", HAIKU, of=bills, repeats=8) <= 0.8
    assert share_right("support_desk", SONNET, of=bills, repeats=8) >= 0.85
    assert share_right("support_desk", SONNET) >= 0.95


def test_the_cascade_of_the_support_desk_can_be_adopted() -> None:
    """It loses so few of the bills that 120 pairs exclude the margin, also where none is won elsewhere."""
    can_lose, plan = 4, bundled("support_desk").plan
    pairs = [(1.0, 0.0)] * can_lose + [(1.0, 1.0)] * (plan.pairs - can_lose)
    assert decide_quality_once(pairs, plan.quality_margin, plan.alpha).verdict == "non-inferior"
    assert cascade_loses("support_desk", HAIKU, SONNET, ids("support_desk", ["bill"]), repeats=12) <= can_lose


def test_the_support_desk_breaks_even_near_57_percent() -> None:
    """1 - (small + judge) / big, with a judge that reads instructions, question and answer once more."""
    scenario = bundled("support_desk")
    small, big = (load().get(model).prices.tiers[0] for model in (HAIKU, SONNET))
    prompt = sum(tokens(s.text) for s in scenario.prompt.segments) + 30
    answer = 300
    drafted = prompt * small.input + answer * small.output
    judged = (prompt + answer + 120) * small.input + 5 * small.output
    assert 1 - (drafted + judged) / (prompt * big.input + answer * big.output) == pytest.approx(0.56, abs=0.02)


@pytest.mark.parametrize("name", ["tickets", "invoices"])
def test_the_small_model_is_a_little_worse(name: str) -> None:
    small, big = share_right(name, HAIKU), share_right(name, SONNET)
    assert 0.88 <= small < big
    assert big >= 0.95


def test_dead_weight_among_the_examples_can_go_and_the_examples_cannot() -> None:
    whole = share_right("tickets", SONNET)
    assert share_right("tickets", SONNET, off=DEAD_OF_THE_TICKETS) >= whole - 0.01
    parts = cuttable("tickets")
    assert sum(parts[name] for name in DEAD_OF_THE_TICKETS) >= 0.4 * sum(parts.values())
    without = frozenset({"examples returns"}) | DEAD_OF_THE_TICKETS
    assert share_right("tickets", SONNET, off=without) <= whole - 0.05


def test_at_least_half_of_the_bench_is_dead() -> None:
    parts = cuttable("trim_bench")
    assert len(parts) >= 12 and parts.keys() >= NEEDED_OF_THE_BENCH
    dead = parts.keys() - NEEDED_OF_THE_BENCH
    assert sum(parts[name] for name in dead) >= 0.5 * sum(parts.values())
    assert share_right("trim_bench", HAIKU) >= 0.96
    assert share_right("trim_bench", HAIKU, off=frozenset(dead)) >= 0.96


@pytest.mark.parametrize("piece", sorted(NEEDED_OF_THE_BENCH))
def test_every_needed_piece_of_the_bench_carries_a_fifth_of_the_samples(piece: str) -> None:
    share = share_right("trim_bench", HAIKU, off=frozenset({piece}), repeats=1)
    assert 0.75 <= share <= 0.81


@pytest.mark.parametrize("fact", [fact for fact, _ in trim_bench.FACTS])
def test_a_fact_of_the_bench_stands_in_one_piece_alone(fact: str) -> None:
    holding = [s.name for s in bundled("trim_bench").prompt.segments if re.search(rf"\b{fact}\b", s.text, re.I)]
    assert len(holding) == 1 and holding[0] in NEEDED_OF_THE_BENCH


def test_most_of_the_long_chat_can_be_forgotten() -> None:
    parts = cuttable("long_chat") | {"booking asked": 0}
    dead = frozenset(parts.keys() - NEEDED_OF_THE_CHAT.keys())
    assert sum(parts[name] for name in dead) >= 0.7 * sum(parts.values())
    assert share_right("long_chat", HAIKU) >= 0.94
    assert share_right("long_chat", HAIKU, off=dead) >= share_right("long_chat", HAIKU)


@pytest.mark.parametrize(("turn", "about"), NEEDED_OF_THE_CHAT.items())
def test_what_was_said_in_a_turn_is_gone_with_it(turn: str, about: tuple[str, ...]) -> None:
    assert set(about) <= long_chat.ASKED.keys()
    assert share_right("long_chat", HAIKU, off=frozenset({turn}), of=ids("long_chat", about), repeats=1) == 0


def test_only_the_clock_differs_in_front_of_the_question() -> None:
    scenario = bundled("clock_prefix")
    sonnet, haiku = (load().get(model).limits.min_cacheable_tokens or 0 for model in (SONNET, HAIKU))
    made = [compose(scenario.prompt, s.variables, model=SONNET, max_tokens=9) for s in scenario.samples]
    heads = [request.system[0].text for request in made]
    assert len(set(heads)) == len(heads)
    rests = {tuple(block.text for block in request.system[1:]) for request in made}
    assert len(rests) == 1
    assert sonnet < sum(map(tokens, next(iter(rests)))) < haiku


def test_the_support_rules_lie_between_the_minima_of_two_models() -> None:
    scenario = bundled("support_rules")
    rules = tokens(scenario.prompt.segments[0].text)
    sonnet, haiku = (load().get(model).limits.min_cacheable_tokens or 0 for model in (SONNET, HAIKU))
    assert sonnet < rules < haiku
    assert f"{sonnet:,}" in scenario.about and f"{haiku:,}" in scenario.about
