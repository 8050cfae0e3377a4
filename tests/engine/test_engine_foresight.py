"""What the planned pairs usually show, before any money is spent."""

import math

import pytest
from engine_builders import AGAIN, bills, experiment, scenario, times

from optlab.core.record import Pair, RunRecord
from optlab.engine.foresight import ASSUMED_SPREAD, foresee
from optlab.stats import smallest_bill_saving, smallest_saving


def flat(pairs: list[Pair]) -> list[RunRecord]:
    return [run for pair in pairs for run in pair]


NOISY: list[float | None] = [1.0, 1.1, 0.9, 1.2, 0.8, 1.0, 1.3, 0.7]


def test_without_a_kept_run_the_spread_of_times_is_assumed() -> None:
    found = foresee(experiment(AGAIN, pairs=60), "", ())
    assert found is not None and (found.smallest, found.run) == (smallest_saving(ASSUMED_SPREAD, 60), "")
    assert found.smallest == pytest.approx(1 - math.exp(-3.2415 * 0.6 / math.sqrt(60)), rel=1e-4)
    assert found.pairs_needed == 1798
    enough = foresee(experiment(AGAIN, pairs=60, of=scenario(delta_min=0.3)), "", ())
    assert enough is not None and enough.pairs_needed is None


def test_a_kept_run_tells_its_own_spread() -> None:
    """A change between its arms is no spread, and fewer than six pairs tell none."""
    kept = times(AGAIN, NOISY, [0.5] * 8)
    found = foresee(experiment(AGAIN, pairs=60), "r1", flat(kept))
    faster = foresee(experiment(AGAIN, pairs=60), "r1", flat(times(AGAIN, NOISY, [0.1] * 8)))
    assert found is not None and faster is not None
    assert found.run == "r1" and found.smallest < smallest_saving(ASSUMED_SPREAD, 60)
    assert faster.smallest == pytest.approx(found.smallest)
    few = foresee(experiment(AGAIN, pairs=60), "r1", flat(kept[:5]))
    assert few is not None and (few.run, few.smallest) == ("", smallest_saving(ASSUMED_SPREAD, 60))
    one_side = [run for run in flat(kept) if run.variant == "baseline"]
    again = foresee(experiment(AGAIN, pairs=60), "r1", one_side)
    assert again is not None and again.run == "", "a baseline alone has no pairs"


def test_bills_are_foreseen_from_bills_alone() -> None:
    base, candidate = [1.0, 2.0, 1.5, 1.2, 1.8, 1.1, 1.4, 1.6], [1.1, 1.7, 1.6, 1.0, 1.9, 1.2, 1.2, 1.8]
    made = experiment(AGAIN, primary="cost_usd", pairs=32)
    assert foresee(made, "", ()) is None
    now = smallest_bill_saving(base, candidate)
    found = foresee(made, "r1", flat(bills(AGAIN, base, candidate)))
    assert found is not None and (found.smallest, found.run) == (pytest.approx(now / 2), "r1")
    assert foresee(made, "r1", flat(bills(AGAIN, [0.0] * 8, [0.0] * 8))) is None
    assert foresee(made, "r1", flat(bills(AGAIN, [1.0] * 8, [0.5] * 8))) is None, "bills that do not vary"


def test_where_nothing_is_compared_nothing_is_foreseen() -> None:
    assert foresee(experiment(), "", ()) is None


def test_so_few_pairs_are_not_said_to_show_anything() -> None:
    assert foresee(experiment(AGAIN, pairs=5), "", ()) is None
    assert foresee(experiment(AGAIN, pairs=6), "", ()) is not None
