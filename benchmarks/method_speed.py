"""What the method's dearest functions cost: processor milliseconds, and as multiples of one sort of 10,000 numbers.

Usage: python benchmarks/method_speed.py [REPEATS]      (default 5; the best of them counts)
"""

import random
import sys
import time
from collections.abc import Callable, Sequence

from optlab.stats import confidence_sequence, decide, signed_rank_p


def best_ms(repeats: int, work: Callable[[], object]) -> float:
    """Processor milliseconds of the quickest of some repeats, the first of which loads what is loaded late."""
    durations = []
    for _ in range(repeats + 1):
        began = time.process_time()
        work()
        durations.append(1000 * (time.process_time() - began))
    return min(durations[1:])


def main(arguments: Sequence[str]) -> None:
    """Prints one line a function."""
    repeats = int(arguments[0]) if arguments else 5
    rng = random.Random(3)
    some, many, numbers = ([rng.gauss(0.0, 0.5) for _ in range(n)] for n in (120, 500, 10_000))
    yardstick = best_ms(repeats, lambda: sorted(numbers))
    for name, work in (
        ("decide, 120 pairs", lambda: decide(some, 120)),
        ("confidence_sequence, 120 pairs", lambda: confidence_sequence(some)),
        ("signed_rank_p, 120 pairs", lambda: signed_rank_p(some)),
        ("signed_rank_p, 500 pairs", lambda: signed_rank_p(many)),
    ):
        took = best_ms(repeats, work)
        print(f"{name:32} {took:8.2f} ms {took / yardstick:8.1f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
