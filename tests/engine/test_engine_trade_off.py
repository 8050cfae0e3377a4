"""The trade-off: who is beaten on everything, whose difference is undecided, and what never changes either."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from engine_builders import BASELINE, CACHING, MAX_TOKENS, SMALLER, STREAMING, WIDE, experiment, run, scenario

from optlab.backends.backend import BackendInfo
from optlab.core.experiment import Variant
from optlab.core.record import Provenance, RunRecord
from optlab.core.trade_off import TradeOff, TradeOffPoint
from optlab.engine.assess import assess
from optlab.engine.trade_off import trade_off

PAIRS = 40
DEARER = Variant("dearer", SMALLER.levers)
CEILINGS = WIDE | {DEARER.name: 1_000.0}


def blocks(**arms: Sequence[tuple[float, float, float | None]]) -> list[dict[str, RunRecord]]:
    """One block a row; each arm by (seconds, USD, score), cycled."""
    by_name = {v.name: v for v in (BASELINE, SMALLER, MAX_TOKENS, DEARER, STREAMING, CACHING)}

    def one(name: str, pair: int) -> RunRecord:
        seconds, usd, score = arms[name][pair % len(arms[name])]
        return run(by_name[name], pair, e2e_s=seconds, usd=usd, score=score, sample=f"s{pair}")

    return [{name: one(name, pair) for name in arms} for pair in range(PAIRS)]


def found(of: list[dict[str, RunRecord]], *candidates: Variant, margin: float = 0.1, **more: Any) -> TradeOff:
    plan = experiment(
        *candidates, primary="cost_usd", pairs=PAIRS, alpha=0.05 / len(candidates),
        of=scenario(items=PAIRS, checked=True, quality_margin=margin),
    )  # fmt: skip
    made = trade_off(plan, of, CEILINGS, **more)
    assert made is not None
    return made


def point(made: TradeOff, variant: Variant) -> TradeOffPoint:
    return next(p for p in made.points if p.variant == variant.name)


def test_what_is_proven_worse_on_every_axis_that_differs_is_beaten() -> None:
    made = found(
        blocks(baseline=[(2.0, 0.002, 1.0)], smaller_model=[(1.0, 0.001, 1.0)], dearer=[(3.0, 0.003, 1.0)]),
        SMALLER, DEARER,
    )  # fmt: skip
    assert made.latency == "first_visible"
    assert (point(made, SMALLER).place, point(made, SMALLER).front) == ("front", True)
    assert point(made, BASELINE).beaten_by == ("smaller_model",)
    assert point(made, DEARER).beaten_by == ("baseline", "smaller_model")
    assert point(made, SMALLER).cost_usd == pytest.approx(0.001)
    assert (point(made, SMALLER).latency_s, point(made, SMALLER).quality) == (1.0, 1.0)


def test_a_difference_that_is_not_proven_is_a_tie_and_drops_nobody() -> None:
    """One answer more is right, at a quarter of the price: is it better? Nobody knows yet."""
    scores = [(2.0, 0.002, 0.0)] + [(2.0, 0.002, 1.0)] * (PAIRS - 1)
    of = blocks(baseline=scores, smaller_model=[(2.0, 0.0005, 1.0)], max_tokens=[(1.0, 0.004, 1.0)])
    made = found(of, SMALLER, MAX_TOKENS, margin=0.05)
    base = point(made, BASELINE)
    assert not base.front, "by its figures it is beaten"
    assert (base.place, base.beaten_by, base.tied_with) == ("tied", (), ("smaller_model",)), "but quality is undecided"
    assert point(made, SMALLER).place == point(made, MAX_TOKENS).place == "front"
    assert point(found(of, SMALLER, MAX_TOKENS), BASELINE).beaten_by == ("smaller_model",), "a wider margin excludes it"


def test_a_thing_is_tied_with_itself() -> None:
    same = [(2.0, 0.002, 1.0), (2.1, 0.0021, 1.0), (1.9, 0.0019, 1.0)]
    turned = same[1:] + same[:1]
    made = found(blocks(baseline=same, smaller_model=turned, max_tokens=turned[::-1]), SMALLER, MAX_TOKENS)
    names = {p.variant for p in made.points}
    assert all(set(p.tied_with) == names - {p.variant} for p in made.points)


def test_levers_that_leave_the_text_alone_differ_in_quality_by_chance_only() -> None:
    """Streaming got one answer less right; that is no reason to doubt that it beats a dearer, slower arm."""
    unlucky = [(1.0, 0.002, 0.0)] + [(1.0, 0.002, 1.0)] * (PAIRS - 1)
    made = found(
        blocks(baseline=[(2.0, 0.002, 1.0)], streaming=unlucky, caching=[(2.0, 0.002, 1.0)]), STREAMING, CACHING
    )
    assert point(made, STREAMING).place == "front"
    assert "streaming" in point(made, BASELINE).tied_with, "better than it in nothing that is proven"


def test_failures_lie_behind_everything() -> None:
    """More than half of the runs failed: the middle of the waiting is infinite, which no figure can say."""
    of = blocks(baseline=[(2.0, 0.002, 1.0)], smaller_model=[(1.0, 0.002, 1.0)], max_tokens=[(2.0, 0.002, 1.0)])
    for pair, block in enumerate(of):
        if pair % 3:
            block["smaller_model"] = run(SMALLER, pair, failed=True, usd=0.002, score=0.0, sample=f"s{pair}")
    made = found(of, SMALLER, MAX_TOKENS)
    assert point(made, SMALLER).latency_s is None
    assert point(made, SMALLER).beaten_by == ("baseline", "max_tokens")


def test_without_checks_everywhere_quality_is_no_axis() -> None:
    made = found(
        blocks(baseline=[(2.0, 0.002, None)], smaller_model=[(1.0, 0.001, 1.0)], max_tokens=[(1.5, 0.0015, 1.0)]),
        SMALLER, MAX_TOKENS,
    )  # fmt: skip
    assert {p.quality for p in made.points} == {None}
    assert point(made, MAX_TOKENS).beaten_by == ("smaller_model",)


def test_one_candidate_is_no_trade_off_and_neither_is_nothing() -> None:
    of = blocks(baseline=[(2.0, 0.002, 1.0)], smaller_model=[(1.0, 0.001, 1.0)])
    assert trade_off(experiment(SMALLER), of, CEILINGS) is None
    assert trade_off(experiment(SMALLER, MAX_TOKENS), [], CEILINGS) is None


def test_what_the_client_itself_takes_decides_nothing() -> None:
    of = blocks(baseline=[(3.0, 0.003, 1.0)], smaller_model=[(1.0, 0.001, 1.0)], streaming=[(2.0, 0.003, 1.0)])
    assert point(found(of, SMALLER, STREAMING), STREAMING).beaten_by == ("smaller_model",)
    close = found(of, SMALLER, STREAMING, floor_s=1.2)
    assert point(close, STREAMING).beaten_by == (), "one second apart, less than the client takes"
    assert point(close, BASELINE).beaten_by == ("smaller_model",), "two seconds are more"


def test_a_variant_with_a_broken_guard_beats_nobody() -> None:
    of = blocks(baseline=[(3.0, 0.003, 1.0)], smaller_model=[(2.0, 0.002, 1.0)], max_tokens=[(1.0, 0.001, 1.0)])
    made = found(of, SMALLER, MAX_TOKENS, broken={"max_tokens": ("truncation",)})
    assert point(made, SMALLER).beaten_by == ()
    assert point(made, BASELINE).beaten_by == ("smaller_model",)
    assert point(made, MAX_TOKENS).broken == ("truncation",)


def test_the_latency_is_what_people_wait_for() -> None:
    """The whole call is an axis only where every candidate is judged on it."""
    of = blocks(baseline=[(2.0, 0.002, 1.0)], smaller_model=[(1.0, 0.001, 1.0)], streaming=[(2.0, 0.002, 1.0)])
    for streamed, latency in (("first_visible", "first_visible"), ("e2e", "e2e")):
        plan = experiment(SMALLER, msgspec.structs.replace(STREAMING, primary=streamed), primary="e2e", pairs=PAIRS)
        made = trade_off(plan, of, CEILINGS)
        assert made is not None and made.latency == latency


@pytest.mark.parametrize(("floor_s", "cut", "beaten"), [(0.0, False, True), (0.06, False, False), (0.0, True, False)])
def test_a_run_tells_its_trade_off_the_floor_and_the_guards(floor_s: float, cut: bool, beaten: bool) -> None:
    """The same figures; at speed 20 the client's own 60 ms are more than the second between two arms."""
    of = blocks(baseline=[(3.0, 0.003, 1.0)], streaming=[(2.0, 0.003, 1.0)], max_tokens=[(1.0, 0.001, 1.0)])
    if cut:
        of = [b | {"max_tokens": msgspec.structs.replace(b["max_tokens"], stop_reason="max_tokens")} for b in of]
    plan = experiment(STREAMING, MAX_TOKENS, primary="e2e", pairs=PAIRS, of=scenario(items=PAIRS, checked=True))
    info = BackendInfo(Provenance.SIMULATED, 20.0, "s", "w", False, floor_s=floor_s)
    made = assess(plan, info, of, [], [], 0.1, CEILINGS, over=True).trade_off
    assert made is not None
    assert point(made, STREAMING).beaten_by == (("max_tokens",) if beaten else ())
    assert point(made, MAX_TOKENS).broken == (("truncation",) if cut else ())
