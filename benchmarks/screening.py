"""Does screening find the best combination of six planted levers, and for how many calls? Against one lever at a time.

Usage: python benchmarks/screening.py [SCREENINGS]      (default 100; five minutes)
Whole screenings (design, effects, choice, confirmation) by the engine's own runner on the scripted backend, in fake
time: log-normal latency of spread 0.25, a slow drift, 3% of calls 2 to 6 times slower. "Excess" is how much slower the
chosen combination truly is than the best one. One lever at a time: ten randomised pairs a lever, kept where the
Hodges-Lehmann estimate says that it helps. The exit code is 1 where a claim is broken.
"""

import asyncio
import math
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import fmean

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "studies"))

from screen_bed import TRUTH, World, asked, excess, planted_levers, screening

from optlab.core.request import Request, Turn
from optlab.stats import hodges_lehmann

FIRST_SEED = 10_000
PAIRS_A_LEVER = 10
Outcome = tuple[float, int, bool, float]
"""(Excess, measured runs of the screening, whether the confirmation said better, share of intervals that held)."""


def screened(job: tuple[int, int]) -> Outcome:
    """One screening of so many items, in a process of the pool."""
    seed, items = job

    async def once() -> Outcome:
        with planted_levers(*TRUTH):
            end, _ = await screening(asked(*TRUTH, seed=seed, items=items, pairs=24), World(seed))
        report = end.report
        assert report is not None and report.confirmation is not None
        held = [
            (e.interval.low or -math.inf) <= 1 - math.exp(TRUTH[e.lever]) <= (e.interval.high or math.inf)
            for e in report.effects
        ]
        better = report.confirmation.comparisons[0].verdict == "better"
        return excess(report), report.screen_runs, better, fmean(held)

    return asyncio.run(once())


def one_at_a_time(seed: int) -> float:
    """The excess of what paired tests, one lever after the other, would keep."""
    world, coin, n = World(seed), random.Random(f"{seed}:coin"), 0
    kept = 0.0
    for name, effect in TRUTH.items():
        ratios = []
        for _ in range(PAIRS_A_LEVER):
            seconds = {}
            for mark in sorted(("", name), key=lambda _: coin.random()):
                request = Request("m", 1, (Turn("user", ()),), stop_sequences=(mark,) if mark else ())
                seconds[mark] = world(request, n).ends_after_s
                n += 1
            ratios.append(math.log(seconds[""] / seconds[name]))
        kept += effect if hodges_lehmann(ratios) > 0 else 0.0
    return math.exp(kept - sum(min(0.0, effect) for effect in TRUTH.values())) - 1


def main(arguments: Sequence[str]) -> int:
    """Runs everything, prints a line a design; the exit code."""
    count = int(arguments[0]) if arguments else 100
    seeds = range(FIRST_SEED, FIRST_SEED + count)
    began, broken = time.monotonic(), 0
    print(f"{'way':28} {'calls':>6} {'excess':>8} {'best':>6} {'confirmed':>10} {'intervals held':>15}")
    with ProcessPoolExecutor() as pool:
        alone = list(pool.map(one_at_a_time, seeds, chunksize=10))
        calls = 2 * PAIRS_A_LEVER * len(TRUTH)
        best = fmean(one < 1e-9 for one in alone)
        print(f"{'one lever at a time':28} {calls:6} {fmean(alone):8.1%} {best:6.0%}")
        for items in (4, 8):
            found = list(pool.map(screened, [(seed, items) for seed in seeds], chunksize=5))
            lost = fmean(one[0] for one in found)
            best = fmean(one[0] < 1e-9 for one in found)
            better, held = fmean(one[2] for one in found), fmean(one[3] for one in found)
            print(
                f"{f'16 rows x {items} items':28} {found[0][1]:6} {lost:8.1%} {best:6.0%} {better:10.0%} {held:15.1%}"
            )
            slack = 3 * math.sqrt(0.95 * 0.05 / (count * len(TRUTH)))
            broken += lost > 0.05 or lost >= fmean(alone) or held < 0.95 - slack
    print(f"{time.monotonic() - began:.0f} s, {broken} claims broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
