"""What comparing costs between the calls: processor seconds of whole experiments of 60 pairs in fake time.

Usage: python benchmarks/engine_look.py [EXPERIMENTS]      (default 5 of each kind, after one that is not counted)
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "engine"))

from trial_bed import BASE, OTHER, PUBLIC, Arm, World, against, against_itself, carry_out, scenario

from optlab.core.experiment import Experiment


def processor_seconds(experiment: Experiment, seed: int) -> float:
    """Of one experiment, from its first event to its report."""
    world = World(seed, {BASE: Arm(), OTHER: Arm(right=0.9)}, PUBLIC)
    began = time.process_time()
    asyncio.run(carry_out(experiment, world))
    return time.process_time() - began


def main(arguments: Sequence[str]) -> None:
    """Prints the mean of each kind of experiment."""
    count = int(arguments[0]) if arguments else 5
    checked = scenario(items=60, checked=True)
    for early_stop in (False, True):
        for name, plan, of in (("A/A", against_itself, scenario()), ("60 checked items", against, checked)):
            each = [
                processor_seconds(plan(of, seed, pairs=60, early_stop=early_stop), seed) for seed in range(count + 1)
            ]
            print(f"{name + (', early stop' if early_stop else ''):30} {sum(each[1:]) / count:.3f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
