"""A benchmark as a worker tells it, from runs with seeded numbers: three variants, a cache, a cap that cuts."""

import random
from functools import lru_cache

from optlab.backends.backend import BackendInfo
from optlab.catalogue import Cost
from optlab.core import run_events
from optlab.core.days import KeptArm, KeptDay
from optlab.core.events import Event
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.plan_events import Estimate, ExperimentPlanned
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallError, CallRecord, CheckResult, Phase, Provenance, RunRecord
from optlab.core.report import Report
from optlab.core.scenario import CheckSpec, Plan, Sample, Scenario
from optlab.core.usage import Usage
from optlab.core.verdict import Interval
from optlab.engine.assess import assess
from optlab.render.snapshot import Snapshot, fold

RUN = "20261122-165106-nqvc"
PAIRS = 14
CAP = 60
FAILED = 5
"""The pair in which the last candidate fails."""
VARIANTS = (
    Variant("baseline"),
    Variant("streaming", (LeverChoice("streaming"),)),
    Variant("max_tokens", (LeverChoice("max_tokens", {"cap": CAP}),)),
)
SCENARIO = Scenario(
    "Support desk",
    "claude-sonnet-4-6",
    400,
    Prompt((Segment("question", "user", "Why?"),)),
    tuple(Sample(f"s{n}", checks=(CheckSpec("contains", {"all": ["yes"]}),)) for n in range(PAIRS)),
    lever_params={"max_tokens": {"cap": CAP}},
    plan=Plan(),
    source="desk.toml",
)
EXPERIMENT = Experiment(SCENARIO, VARIANTS, "first_visible", "asked for", PAIRS, 0.025)
INFO = BackendInfo(Provenance.SIMULATED, 1.0, "http://127.0.0.1:1", "no credential", False, floor_s=0.001)


def _run(variant: Variant, pair: int, phase: Phase, numbers: random.Random) -> RunRecord:
    streamed, capped = variant.name == "streaming", variant.name == "max_tokens"
    failed = capped and pair == FAILED and phase == "measured"
    length = round(numbers.uniform(50, 150))
    tokens = min(length, CAP) if capped else length
    cut = capped and length >= CAP
    whole = 0.6 + tokens * 0.03 * numbers.lognormvariate(0, 0.1)
    shown = numbers.lognormvariate(-0.4, 0.2) if streamed else whole
    first = phase == "cold" or pair == 0
    read, written = (0, 1200) if streamed and first else (1200, 0) if streamed else (0, 0)
    output_usd = tokens * 15e-6
    call = CallRecord(
        id=f"{variant.name}.{pair}.{phase}",
        model="claude-sonnet-4-6",
        streamed=streamed,
        sent_at_s=0.0,
        ended_at_s=whole,
        provenance=Provenance.SIMULATED,
        usage=Usage(20 if streamed else 1220, tokens, written, 0, read),
        stop_reason="max_tokens" if cut else "end_turn",
        error=CallError("timeout", "the call took longer than 60 s") if failed else None,
        cost=Cost(input_usd=0.0005, output_usd=output_usd),
        warm_usd=0.0005 + output_usd,
        cold_usd=0.0005 + output_usd,
    )
    return RunRecord(
        id=call.id,
        variant=variant.name,
        sample=f"s{pair}",
        pair=pair,
        phase=phase,
        started_at="2026-12-01T00:00:00.000+00:00",
        calls=(call,),
        answer="yes",
        e2e_s=whole,
        first_visible_s=shown,
        ttft_s=shown if streamed else None,
        stop_reason=call.stop_reason,
        error=call.error,
        checks=(CheckResult("contains", 0.0 if cut or failed else 1.0, "it says"),),
    )


@lru_cache(maxsize=1)
def benchmark() -> tuple[Event, ...]:
    """Every event of the run, from the plan to the report."""
    numbers = random.Random(7)
    said: list[Event] = [
        ExperimentPlanned(
            run_id=RUN,
            scenario=SCENARIO.name,
            model=SCENARIO.model,
            variants=tuple(variant.name for variant in VARIANTS),
            pairs=PAIRS,
            primary="first_visible",
            primary_reason="asked for",
            provenance=Provenance.SIMULATED,
            why_backend="no credential was found",
            sim_speed=1.0,
            server="127.0.0.1:1",
            estimate=Estimate(45, 0.0, 0.1, 20.0),
            budget_usd=None,
            needs_consent=False,
            caps=(400, 400, CAP),
            smallest_useful=0.05,
        ),
        run_events.ExperimentStarted(RUN, "2026-12-01T00:00:00+00:00"),
    ]
    cold = [_run(variant, 0, "cold", numbers) for variant in VARIANTS]
    said += [run_events.RunFinished(run, 0.01) for run in cold]
    blocks: list[dict[str, RunRecord]] = []
    ceilings = {variant.name: 0.02 for variant in VARIANTS}
    for pair in range(PAIRS):
        blocks.append({variant.name: _run(variant, pair, "measured", numbers) for variant in VARIANTS})
        said += [run_events.RunFinished(run, 0.01) for run in blocks[-1].values()]
        found = assess(EXPERIMENT, INFO, blocks, cold, [], 0.1, ceilings, over=False)
        said.append(run_events.ComparisonUpdated(pair + 1, found.variants, found.comparisons, found.cards))
    found = assess(EXPERIMENT, INFO, blocks, cold, [], 0.1, ceilings, over=True)
    report = Report(
        RUN,
        SCENARIO.name,
        SCENARIO.source,
        Provenance.SIMULATED,
        1.0,
        7,
        "2026-11-22",
        "2026-12-01T00:00:00+00:00",
        "finished",
        PAIRS,
        "first_visible",
        0.1,
        found.variants,
        found.comparisons,
        found.cards,
        found.caveats,
        trade_off=found.trade_off,
    )
    return (*said, run_events.ExperimentFinished(report))


@lru_cache(maxsize=1)
def finished() -> Snapshot:
    """The snapshot at the end of it."""
    snapshot = Snapshot()
    for event in benchmark():
        snapshot = fold(snapshot, event)
    return snapshot


def day(number: int, *, kind: Provenance = Provenance.SIMULATED, hour: int = 9) -> KeptDay:
    """A benchmark of November: baseline at 4 s and a tenth of its number, candidate at 1 s."""
    base = 4.0 + number / 10
    arms = (
        KeptArm("baseline", 12, base, Interval(base - 0.4, base + 0.3)),
        KeptArm("streaming", 12, 1.0, Interval(0.8, None)),
    )
    return KeptDay(f"r{number}", f"2026-11-{number:02d}T{hour:02d}:14:00.000+00:00", kind, 1.0, arms)


DAYS = tuple(day(number) for number in (1, 2, 4, 8, 9, 15))
