"""Reports as the engine makes them, from runs with exact numbers."""

from typing import Any

from optlab.backends.backend import BackendInfo
from optlab.catalogue import Cost
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallError, CallRecord, CheckResult, Provenance, RunRecord
from optlab.core.report import Report
from optlab.core.scenario import CheckSpec, Plan, Sample, Scenario
from optlab.core.usage import Usage
from optlab.engine.assess import assess

BASELINE = Variant("baseline")
STREAMING = Variant("streaming", (LeverChoice("streaming"),))
CACHING = Variant("caching", (LeverChoice("caching", {"ttl": "5m"}),))
INFO = BackendInfo(Provenance.SIMULATED, 1.0, "http://127.0.0.1:1", "no credential", False, floor_s=0.001)
SCENARIO = Scenario(
    "Hamlet",
    "claude-sonnet-4-6",
    400,
    Prompt((Segment("rules", "system", "Be brief."), Segment("question", "user", "Why?"))),
    (Sample("only", checks=(CheckSpec("contains", {"all": ["prince"]}),)),),
    about="A short prompt.",
    lever_params={"caching": {"ttl": "5m"}},
    plan=Plan(),
    source="hamlet.toml",
)


def run(variant: Variant, pair: int, *, failed: bool = False, phase: Any = "measured") -> RunRecord:
    """A baseline of 4 s; streamed ones show text after 0.5 s; every call costs a cent."""
    streamed = any(choice.name == "streaming" for choice in variant.levers)
    error = CallError("timeout", "the call took longer than 60 s") if failed else None
    call = CallRecord(
        id=f"r.{variant.name}.{pair}.0",
        model="claude-sonnet-4-6",
        streamed=streamed,
        sent_at_s=0.0,
        ended_at_s=4.0,
        provenance=Provenance.SIMULATED,
        text="the prince",
        usage=Usage(20, 100, 7, 0, 3),
        stop_reason=None if failed else "end_turn",
        error=error,
        cost=Cost(input_usd=0.002, output_usd=0.008),
        warm_usd=0.01,
        cold_usd=0.01,
    )
    return RunRecord(
        id=f"r.{variant.name}.{pair}",
        variant=variant.name,
        sample="only",
        pair=pair,
        phase=phase,
        started_at="2026-12-01T00:00:00.000+00:00",
        calls=(call,),
        answer="the prince",
        e2e_s=4.0,
        first_visible_s=0.5 if streamed else 4.0,
        ttft_s=0.5 if streamed else None,
        tpot_s=0.035 if streamed else None,
        tpot_visible_s=0.03 if streamed else None,
        stop_reason=call.stop_reason,
        error=error,
        checks=(CheckResult("contains", 0.0 if failed else 1.0, "has what it must"),),
    )


def report(
    *candidates: Variant, pairs: int = 12, fails: tuple[int, ...] = (), cold: bool = True, **changed: Any
) -> Report:
    """The report of a run; in the pairs named by `fails` the last candidate failed."""
    variants = (BASELINE, *candidates)
    experiment = Experiment(
        SCENARIO, variants, "first_visible", "asked for", max(1, pairs), 0.05 / max(1, len(candidates))
    )
    blocks = [
        {v.name: run(v, pair, failed=pair in fails and v is variants[-1]) for v in variants} for pair in range(pairs)
    ]
    colds = [run(v, 0, phase="cold") for v in variants] if cold else []
    ceilings = {v.name: 0.02 for v in variants}
    spent = 0.01 * len(variants) * (pairs + cold)
    found = assess(experiment, INFO, blocks, colds, [], spent, ceilings, over=True)
    whole: dict[str, Any] = {
        "run_id": "r1",
        "scenario": "Hamlet",
        "source": "hamlet.toml",
        "provenance": Provenance.SIMULATED,
        "sim_speed": 1.0,
        "seed": 7,
        "catalogue_as_of": "2026-11-22",
        "started_at": "2026-12-01T00:00:00+00:00",
        "status": "finished",
        "pairs": pairs,
        "primary": "first_visible",
        "cost_usd": spent,
        "variants": found.variants,
        "comparisons": found.comparisons,
        "cards": found.cards,
        "caveats": found.caveats,
        "share_differences": found.shares,
        "floor_ms": 1.0,
    }
    return Report(**(whole | changed))
