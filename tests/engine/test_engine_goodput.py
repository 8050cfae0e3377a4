"""Goodput: every declared limit at once, told as a share of runs where any is declared."""

import msgspec
import pytest
from engine_builders import AGAIN, BASELINE, STREAMING, experiment, run, scenario

from optlab.backends.scripted import Reply, ScriptedBackend
from optlab.core.record import RunRecord
from optlab.core.run_events import ExperimentFinished
from optlab.core.scenario import Slo
from optlab.engine import runner
from optlab.engine.goodput import within
from optlab.engine.pricing import Pricer
from optlab.engine.summary import summarise

BY_STREAM = msgspec.structs.replace(run(STREAMING, 0, e2e_s=2.0, ttft_s=0.4), tpot_s=0.03)


@pytest.mark.parametrize(
    ("slo", "kept"),
    [
        (Slo(), None),
        (Slo(ttft_ms=400, tpot_ms=30, e2e_ms=2000), True),
        (Slo(ttft_ms=399.9, tpot_ms=30, e2e_ms=2000), False),
        (Slo(ttft_ms=400, tpot_ms=29.9, e2e_ms=2000), False),
        (Slo(ttft_ms=400, tpot_ms=30, e2e_ms=1999), False),
        (Slo(e2e_ms=2000), True),
    ],
)
def test_every_declared_limit_at_once(slo: Slo, kept: bool | None) -> None:
    assert within(BY_STREAM, slo).in_time is kept


def test_a_plain_call_is_waited_for_to_its_end_and_has_no_time_per_token() -> None:
    plain = run(BASELINE, 0, e2e_s=2.0)
    assert within(plain, Slo(ttft_ms=450, tpot_ms=1)).in_time is False
    assert within(plain, Slo(ttft_ms=2000, tpot_ms=1)).in_time is True


def test_a_failed_run_keeps_no_limit_and_one_of_a_batch_is_not_asked() -> None:
    assert within(run(BASELINE, 0, failed=True), Slo(tpot_ms=100)).in_time is False
    assert within(run(BASELINE, 0, failed=True), Slo(e2e_ms=1e9)).in_time is False
    assert within(msgspec.structs.replace(BY_STREAM, untimed=True), Slo(e2e_ms=1e9)).in_time is None


def test_the_share_is_there_where_limits_are_declared() -> None:
    def share(slo: Slo) -> tuple[int, int] | None:
        runs: list[RunRecord] = [within(run(BASELINE, i, e2e_s=1.0 + i, failed=i == 0), slo) for i in range(4)]
        found = summarise(BASELINE, scenario().model, runs, []).shares.get("goodput")
        return None if found is None else (found.count, found.n)

    assert share(Slo()) is None
    assert share(Slo(e2e_ms=3000)) == (2, 4)


async def test_a_run_tells_its_goodput() -> None:
    """Every other call takes 3 s; the limit is 2."""
    backend = ScriptedBackend(lambda request, n: Reply(((0.5, "yes"),), 3.0 if n % 2 else 1.0))
    made = experiment(AGAIN, pairs=6, of=scenario(slo=Slo(e2e_ms=2000)))
    events = [e async for e in runner.run(made, backend, await backend.open(), Pricer(), run_id="r")]
    assert isinstance(events[-1], ExperimentFinished)
    shares = [variant.shares["goodput"] for variant in events[-1].report.variants]
    assert sum(share.count for share in shares) == 6 and [share.n for share in shares] == [6, 6]
