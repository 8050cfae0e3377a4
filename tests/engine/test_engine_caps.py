"""The cap of each variant's answers, as its levers leave it."""

from engine_builders import MAX_TOKENS, STREAMING, experiment, scenario

from optlab.core.experiment import LeverChoice, Variant
from optlab.engine.requests import caps
from optlab.engine.summary import distribution


async def test_a_cap_is_what_the_levers_leave_of_it() -> None:
    assert await caps(experiment(STREAMING, MAX_TOKENS)) == (400, 400, 120)


async def test_of_a_cascade_the_judge_s_short_reply_is_no_cap() -> None:
    cascade = Variant("cascade", (LeverChoice("cascade"),))
    assert await caps(experiment(cascade, of=scenario())) == (400, 400)


def test_quartiles_and_ends_come_with_a_distribution() -> None:
    found = distribution([4.0, 1.0, 3.0, 2.0, 5.0])
    assert (found.min, found.p25, found.p50, found.p75, found.max) == (1.0, 2.0, 3.0, 4.0, 5.0)
    failed = distribution([1.0, 2.0, float("inf"), float("inf")])
    assert (failed.min, failed.p75, failed.max) == (1.0, "inf", "inf")
