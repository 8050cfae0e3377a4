"""Strength, difficulty and chance: order of models, thinking, and what it does to accuracy on easy and hard items."""

import random
import re
import statistics

import msgspec
import pytest

from optlab.catalogue import load
from optlab.simulator.model import Prompt, answer, strength_of
from optlab.simulator.model.strength import EASY, HARD, MIDDLING, TRIVIAL, chance, item_offset

LINE = (
    "claude-haiku-4-5", "claude-sonnet-4-5", "claude-sonnet-4-6", "claude-opus-4-5", "claude-opus-4-6",
    "claude-opus-4-7", "claude-opus-4-8", "claude-opus-5", "claude-opus-5-5", "claude-fable-5-1", "claude-fable-5-2",
)  # fmt: skip
TOOLS = (
    "printer",
    "scanner",
    "laptop",
    "monitor",
    "keyboard",
    "tablet",
    "camera",
    "router",
    "speaker",
    "headset",
    "phone",
)


def strength(name: str, effort: str | None = None) -> float:
    return strength_of(load().get(name), effort)


def share_right(model: str, prompts: list[tuple[Prompt, str]], repeats: int = 6) -> float:
    able = strength(model)
    return statistics.fmean(
        re.search(rf"\b{wanted}\b", answer(msgspec.structs.replace(p, strength=able), random.Random(f"{i} {r}")))
        is not None
        for i, (p, wanted) in enumerate(prompts)
        for r in range(repeats)
    )


def catalogue_of_goods(things: int, rng: random.Random) -> tuple[Prompt, str]:
    """A text of five facts on each of some things, and a question on one of them."""
    facts = {
        (t, p): rng.randint(2, 900)
        for t in TOOLS[:things]
        for p in ("price", "weight", "height", "depth", "noise level")
    }
    lines = [f"The {p} of the {t} is {n}." for (t, p), n in facts.items()]
    rng.shuffle(lines)
    (thing, fact), wanted = rng.choice(list(facts.items()))
    return Prompt(" ".join(lines), "", f"What is the {fact} of the {thing}?"), str(wanted)


def test_models_are_ordered_by_line_and_generation() -> None:
    values = [strength(name) for name in LINE]
    assert values == sorted(set(values))
    assert strength("claude-haiku-5-5") == pytest.approx(strength("claude-sonnet-4-6"))


def test_every_model_of_the_catalogue_and_later_ones_have_a_strength() -> None:
    assert all(0.0 <= strength(m.id) <= 3.0 for m in load().models)
    later = msgspec.structs.replace(load().get("claude-opus-5-5"), id="claude-opus-6-1-20270301")
    assert strength_of(later) > strength("claude-opus-5-5")
    stranger = msgspec.structs.replace(load().get("claude-opus-5-5"), id="claude-saga", family="saga")
    assert strength_of(stranger) == strength("claude-sonnet-5-5")


def test_thinking_helps_the_more_the_higher_the_effort() -> None:
    values = [strength("claude-sonnet-5-5", e) for e in (None, "low", "medium", "high", "xhigh", "max")]
    assert values == sorted(set(values))


def test_chance_of_easy_middling_and_hard_items() -> None:
    haiku, sonnet, opus = (strength(m) for m in ("claude-haiku-4-5", "claude-sonnet-4-6", "claude-opus-4-5"))
    assert min(chance(s, EASY) for s in (haiku, sonnet, opus)) >= 0.98
    assert chance(haiku, TRIVIAL) > 0.998
    assert 0.75 <= chance(haiku, MIDDLING) <= 0.85
    assert 0.90 <= chance(sonnet, MIDDLING) <= 0.95 <= chance(opus, MIDDLING)
    assert 0.35 <= chance(haiku, HARD) <= 0.45 < 0.6 <= chance(sonnet, HARD) <= 0.7 <= chance(opus, HARD) <= 0.82


def test_items_differ_but_not_with_spacing_or_case() -> None:
    offsets = [item_offset(f"Question {i}") for i in range(400)]
    assert statistics.fmean(offsets) == pytest.approx(0.0, abs=0.05)
    assert statistics.stdev(offsets) == pytest.approx(0.3, abs=0.05)
    assert item_offset("What  is TEA?") == item_offset("what is tea?")


def test_short_texts_are_read_right_and_long_ones_separate_models() -> None:
    rng = random.Random(2)
    short = [catalogue_of_goods(1, rng) for _ in range(30)]
    long = [catalogue_of_goods(11, rng) for _ in range(60)]
    assert min(share_right(m, short) for m in LINE[:4]) >= 0.97
    haiku, sonnet, opus = (share_right(m, long) for m in ("claude-haiku-4-5", "claude-sonnet-4-6", "claude-opus-5-5"))
    assert haiku + 0.08 < sonnet
    assert sonnet + 0.02 < opus


def test_the_same_items_are_hard_for_every_model() -> None:
    rng = random.Random(3)
    prompts = [catalogue_of_goods(11, rng) for _ in range(50)]
    shares = [[share_right(m, [p], repeats=12) for p in prompts] for m in ("claude-haiku-4-5", "claude-sonnet-4-6")]
    assert statistics.correlation(*shares) > 0.2


def test_repeats_of_one_item_vary_and_a_seed_repeats() -> None:
    prompt, wanted = catalogue_of_goods(11, random.Random(9))
    hard = msgspec.structs.replace(prompt, strength=-0.5)
    texts = [answer(hard, random.Random(i)) for i in range(40)]
    assert 3 <= sum(re.search(rf"\b{wanted}\b", t) is not None for t in texts) <= 37
    assert texts == [answer(hard, random.Random(i)) for i in range(40)]
