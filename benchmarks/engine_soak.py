"""Hundreds of whole experiments in worlds of known truth: how often is the verdict wrong, and how often is it found?

Usage: python benchmarks/engine_soak.py [SHARE] [WORD …]      (default 1: all experiments, of every study)
Every experiment goes through plan, runner and card on the scripted backend. One line a claim; the exit code is 1 where
one is broken. A WORD picks the studies whose name holds it, SHARE makes fewer experiments of each.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "engine"))

from trial_claims import STUDIES, Findings

FIRST_SEED = 10_000
"""Not the seeds of the tests."""


def experiment(study: int, seed: int) -> Findings:
    """One experiment of one study, in a process of the pool."""

    async def once() -> Findings:
        return await STUDIES[study].once(seed)

    return asyncio.run(once())


def main(arguments: Sequence[str]) -> int:
    """Runs the studies, prints the table; the exit code."""
    share, words = float(arguments[0]) if arguments else 1.0, arguments[1:]
    broken = 0
    began = time.monotonic()
    print(f"{'study':44} {'claim':34} {'measured':>8}    {'bound':8} {'':6}  n")
    with ProcessPoolExecutor() as pool:
        for number, study in enumerate(STUDIES):
            if words and not any(word in study.name for word in words):
                continue
            count = max(1, round(share * study.full))
            seeds = range(FIRST_SEED, FIRST_SEED + count)
            found = list(pool.map(partial(experiment, number), seeds, chunksize=5))
            for claim in study.claims:
                sign = {"at most": "<=", "at least": ">=", "above": "> ", "below": "< "}[claim.kind]
                ok = claim.holds(found)
                broken += not ok
                print(
                    f"{study.name:44} {claim.finding:34} {claim.measured(found):8.3f} {sign} "
                    f"{claim.bound(count):<8.3f} {'ok' if ok else 'BROKEN':6}  {count}",
                    flush=True,
                )
    print(f"{time.monotonic() - began:.0f} s, {broken} claims broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
