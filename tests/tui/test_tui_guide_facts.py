"""What the lessons say of models is the catalogue's, and their arithmetic is the method's."""

import msgspec
import pytest

from optlab import stats
from optlab.catalogue import load
from optlab.engine import scenarios
from optlab.tui.guide import facts
from optlab.tui.guide.exercises import EXERCISES, cache_prefix, cap, cascade, one_thing, stream


def words(name: str) -> str:
    return " ".join(next(exercise for exercise in EXERCISES if exercise.name == name).lessons())


def test_the_arithmetic_is_that_of_the_method() -> None:
    assert facts.runs_for(0.9) == stats.min_runs(0.9) and facts.runs_for(0.99) == stats.min_runs(0.99)
    for n in (facts.answers_for(0.05), facts.answers_for(0.01)):
        assert stats.ceiling_rank(n, 0.05 if n < 100 else 0.01) == n
        assert stats.ceiling_rank(n - 1, 0.05 if n < 100 else 0.01) is None
    assert facts.still_possible(10) == pytest.approx(stats.truncation_bound(10, 0))
    hits, times, back_to_back = facts.multipliers("claude-sonnet-4-6", 0.1)
    assert hits == pytest.approx(stats.cache_hit_rate_poisson(0.1, 5.0))
    assert times == pytest.approx(stats.cache_multiplier(hits, 1.25, 0.1))
    assert back_to_back == pytest.approx(0.215)


def test_every_current_model_stands_at_its_own_minimum() -> None:
    told = facts.minimums()
    for model in facts.models():
        group = next(part for part in told.split("; ") if facts.short(model) in part.split(" on ")[1].split(", "))
        assert group.startswith(f"from {model.limits.min_cacheable_tokens:,} tokens")
    assert told in words("cache_prefix")


def test_what_the_texts_name_by_hand_is_what_the_scenarios_say() -> None:
    assert scenarios.load("support_rules").model == cache_prefix.MODEL
    essay = scenarios.load("essay")
    assert (essay.model, essay.max_tokens) == (stream.MODEL, stream.ANSWER)
    desk = scenarios.load("support_desk")
    assert desk.model == cascade.PAIRS[0][1]
    invoices = scenarios.load("invoices")
    assert (invoices.lever_params["smaller_model"]["model"], invoices.model) == (one_thing.SMALL, one_thing.BIG)
    assert invoices.plan.truncation_limit == cap.EPSILON


def test_lessons_follow_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {exercise.name: words(exercise.name) for exercise in EXERCISES}
    real = load()

    def other(model: object) -> object:
        found = msgspec.structs.replace
        limits = found(model.limits, min_cacheable_tokens=3 * model.limits.min_cacheable_tokens)  # type: ignore[attr-defined]
        tiers = tuple(found(tier, output=3 * tier.input, cache_read=0.3 * tier.input) for tier in model.prices.tiers)  # type: ignore[attr-defined]
        prices = found(model.prices, tiers=tiers, batch_multiplier=0.7)  # type: ignore[attr-defined]
        thinking = found(model.capabilities.thinking, default_when_omitted="off")  # type: ignore[attr-defined]
        return found(model, limits=limits, prices=prices, capabilities=found(model.capabilities, thinking=thinking))  # type: ignore[attr-defined, type-var]

    changed = msgspec.structs.replace(real, models=tuple(map(other, real.models)))
    monkeypatch.setattr(facts, "load", lambda: changed)
    assert "3 times the input price" in words("baseline")
    assert "from 1,536 tokens on" in words("cache_prefix") and "0.3 of the input price" in words("trim_third")
    assert "A batch costs 70%" in words("one_thing")
    for name in ("stream", "cap"):
        assert words(name) != before[name], "who thinks unasked comes from the catalogue"
