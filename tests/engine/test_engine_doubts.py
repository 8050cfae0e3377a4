"""Warnings that single runs give rise to: each one made to appear, and kept away where there is nothing to doubt."""

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from engine_builders import AGAIN, BASELINE, STREAMING, WIDE, experiment, run, scenario

from optlab.backends.backend import BackendInfo
from optlab.core.experiment import Experiment, Variant
from optlab.core.record import Provenance, RunRecord
from optlab.engine.compare import compare
from optlab.engine.doubts import Block, doubts
from optlab.engine.summary import summarise

INFO = BackendInfo(Provenance.SIMULATED, 1.0, "s", "w", False, floor_s=0.0)
Seconds = Callable[[int], float]


def blocks(
    n: int,
    base: Seconds = lambda i: 2.0,
    candidate: Seconds = lambda i: 1.0,
    *,
    variant: Variant = STREAMING,
    base_first: Callable[[int], bool] = lambda i: i % 2 == 0,
    **both: Any,
) -> list[Block]:
    """n blocks with these end-to-end times, made in turn: baseline first where it says so. Infinite is failed."""

    def one(of: Variant, i: int, seconds: float) -> RunRecord:
        failed = math.isinf(seconds)
        return run(of, i, e2e_s=1.0 if failed else seconds, failed=failed, **both)

    made: list[Block] = []
    for i in range(n):
        pair = [(BASELINE.name, one(BASELINE, i, base(i))), (variant.name, one(variant, i, candidate(i)))]
        made.append(dict(pair if base_first(i) else reversed(pair)))
    return made


def doubted(
    found: Sequence[Block], made: Experiment | None = None, info: BackendInfo = INFO, variant: Variant = STREAMING
) -> dict[str, str]:
    made = made or experiment(variant, pairs=len(found))
    pairs = [(block[BASELINE.name], block[variant.name]) for block in found]
    compared = compare(made, variant, made.primary_of(variant)[0], pairs, WIDE)
    assert compared is not None
    summaries = [summarise(v, "claude-sonnet-4-6", [block[v.name] for block in found], []) for v in (BASELINE, variant)]
    return {c.code: c.sentence for c in doubts(made, info, summaries, [compared], found)}


def noisy(seed: int, centre: float, sigma: float) -> Seconds:
    draw = random.Random(seed)
    values = [centre * math.exp(draw.gauss(0.0, sigma)) for _ in range(200)]
    return lambda i: values[i]


def test_a_clear_and_steady_run_has_nothing_to_doubt() -> None:
    assert doubted(blocks(40)) == {}
    assert doubted(blocks(40, noisy(1, 2.0, 0.1), noisy(2, 1.0, 0.1))) == {}
    assert doubts(experiment(STREAMING), INFO, [], [], []) == ()


def test_too_few_pairs_to_decide_anything() -> None:
    assert doubted(blocks(5)) == {
        "too_few": "5 pairs decide nothing about time, however large the effect is; make 6 or more (--pairs 6)"
    }
    assert doubted(blocks(1))["too_few"].startswith("1 pair decides nothing about time")
    assert doubted(blocks(6)) == {}
    assert doubted(blocks(5), experiment(STREAMING, primary="cost_usd", pairs=5)) == {}, "two bills can tell"


def test_every_candidate_is_doubted_on_the_metric_that_decides_on_it() -> None:
    """By the bill nothing is doubted of the time, whatever decides on other candidates."""
    by_bill = msgspec.structs.replace(STREAMING, primary="cost_usd", primary_reason="asked for")
    assert doubted(blocks(5), experiment(by_bill, pairs=5), variant=by_bill) == {}
    swing = noisy(7, 2.0, 0.8)
    noise = blocks(40, swing, lambda i: 0.9 * swing(i))
    assert "aa_noise" in doubted(noise)
    assert "aa_noise" not in doubted(noise, experiment(by_bill, pairs=40), variant=by_bill)


def test_a_clock_that_stepped_back() -> None:
    steady = blocks(12)
    stepped = dict(steady[7])
    late = msgspec.structs.replace(stepped["baseline"], started_at="2026-12-01T00:00:05.000+00:00")
    found = doubted([*steady[:7], {**stepped, "baseline": late}, *steady[8:]])
    assert set(found) == {"clock"}
    assert "stepped back" in found["clock"]


def test_a_baseline_that_slowed_down() -> None:
    found = doubted(blocks(40, lambda i: 2.0 if i < 20 else 3.0))
    assert found["drift"].startswith("the baseline took 2.00 s in the first half and 3.00 s in the second: pairs are")
    wandering = blocks(40, noisy(3, 2.0, 0.4), noisy(4, 0.5, 0.4))
    assert "drift" not in doubted(wandering)
    assert "drift" not in doubted(blocks(10, lambda i: 2.0 if i < 5 else 3.0)), "five a half are too few to tell"


def test_the_second_call_of_a_pair_is_another_case_than_the_first() -> None:
    """Whichever comes first takes a fifth longer; the baseline otherwise takes twice as long."""

    def times(of: float, leads: Callable[[int], bool]) -> Seconds:
        return lambda i: of * (1.2 if leads(i) else 1.0)

    even: Callable[[int], bool] = lambda i: i % 2 == 0  # noqa: E731
    odd: Callable[[int], bool] = lambda i: i % 2 == 1  # noqa: E731
    found = doubted(blocks(40, times(2.0, even), times(1.0, odd)))
    assert found["order"].startswith("of baseline and streaming, whichever is called first takes 20% longer; the coin")
    assert "order" not in doubted(blocks(40, times(2.0, even), times(1.0, odd), base_first=lambda i: i < 20)), "no coin"
    assert "order" not in doubted(blocks(40, noisy(5, 2.0, 0.3), noisy(6, 1.0, 0.3)))


@pytest.mark.parametrize(("failed", "codes"), [(5, set()), (6, {"uneven_failures"})])
def test_one_side_fails_more_often(failed: int, codes: set[str]) -> None:
    """McNemar's exact test: 2 / 2^6 = 0.03."""
    found = doubted(blocks(40, candidate=lambda i: math.inf if i >= 40 - failed else 1.0))
    assert set(found) == codes
    if codes:
        assert found["uneven_failures"].startswith(
            f"0 runs failed on the baseline's side alone and {failed} on that of streaming, too unevenly"
        )
    both = blocks(40, lambda i: math.inf if i >= 34 else 2.0, lambda i: math.inf if i >= 34 else 1.0)
    assert "uneven_failures" not in doubted(both)


def test_an_effect_smaller_than_the_baseline_differs_from_itself() -> None:
    """Both arms swing together from pair to pair, so the pairs see 10%; the baseline's own repeats swing far more."""
    swing = noisy(7, 2.0, 0.8)
    found = doubted(blocks(40, swing, lambda i: 0.9 * swing(i)))
    assert found["aa_noise"].startswith(
        "streaming is found better by 10%, while the baseline differs from itself so much"
    )
    assert "aa_noise" not in doubted(blocks(40, swing, lambda i: 0.1 * swing(i)))
    assert "aa_noise" not in doubted(blocks(40, noisy(8, 2.0, 0.02), lambda i: 0.9 * noisy(8, 2.0, 0.02)(i)))


def test_several_candidates_need_larger_effects() -> None:
    """At a tenth of the error rate the same pairs show less: z(0.9975) + z(0.9) = 4.09 instead of 3.24."""
    swing = noisy(7, 2.0, 0.8)
    made = blocks(40, swing, lambda i: 0.63 * swing(i))
    assert "aa_noise" not in doubted(made)
    assert "aa_noise" in doubted(made, experiment(STREAMING, pairs=40, alpha=0.005))


def test_noise_is_told_of_latency_and_of_no_aa_run() -> None:
    swing = noisy(7, 2.0, 0.8)
    itself = msgspec.structs.replace(experiment(AGAIN, pairs=40), is_aa=True)
    assert "aa_noise" not in doubted(blocks(40, swing, lambda i: 0.9 * swing(i), variant=AGAIN), itself, variant=AGAIN)
    by_bill = experiment(STREAMING, primary="cost_usd", pairs=40)
    assert "aa_noise" not in doubted(blocks(40, swing, lambda i: 0.9 * swing(i)), by_bill)


def test_noise_is_measured_between_repeats_of_one_sample() -> None:
    """Samples that differ are no noise."""
    many = experiment(STREAMING, pairs=40, of=scenario(items=2))
    long_and_short: Seconds = lambda i: 2.0 if i % 2 else 20.0  # noqa: E731
    made = [
        {name: msgspec.structs.replace(one, sample=f"s{i % 2}") for name, one in block.items()}
        for i, block in enumerate(blocks(40, long_and_short, lambda i: 0.9 * long_and_short(i)))
    ]
    assert "aa_noise" not in doubted(made, many)


def test_a_difference_smaller_than_what_the_client_itself_takes() -> None:
    def info(floor_s: float | None, provenance: Provenance = Provenance.SIMULATED, speed: float = 1.0) -> BackendInfo:
        return BackendInfo(provenance, speed, "s", "w", False, floor_s=floor_s)

    close = blocks(40, lambda i: 0.010, lambda i: 0.008)
    assert doubted(close, info=info(0.0025)) == {
        "near_floor": "streaming and baseline are 2.0 ms apart in end to end, less than the 2.5 ms of the client "
        "itself; do not report this difference, or lower --sim-speed"
    }
    assert doubted(close, info=info(0.0015)) == {}
    assert set(doubted(close, info=info(0.0015, speed=2.0))) == {"near_floor"}
    assert doubted(close, info=info(None)) == {}
    assert doubted(close, info=info(0.0025, Provenance.MEASURED)) == {}, "the way to a real server is everybody's"
