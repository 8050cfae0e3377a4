"""Small experiments and runs with exact numbers, for the tests of the engine's pure rooms."""

from collections.abc import Sequence
from typing import Any

from optlab.catalogue import Cost
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallError, CallRecord, CheckResult, Pair, Provenance, RunRecord
from optlab.core.scenario import CheckSpec, MetricName, Plan, Sample, Scenario
from optlab.core.usage import Usage

BASELINE = Variant("baseline")
STREAMING = Variant("streaming", (LeverChoice("streaming"),))
CACHING = Variant("caching", (LeverChoice("caching"),))
MAX_TOKENS = Variant("max_tokens", (LeverChoice("max_tokens", {"cap": 120}),))
SMALLER = Variant("smaller_model", (LeverChoice("smaller_model"),))
AGAIN = Variant("baseline again")
FAILURE = CallError("timeout", "the call took longer than 60 s")
CHECK = CheckSpec("contains", {"all": ["yes"]})
WIDE = {variant.name: 1_000.0 for variant in (BASELINE, STREAMING, CACHING, MAX_TOKENS, SMALLER, AGAIN)}
"""Ceilings so far above any cost that only the last look can tell."""


def scenario(*, items: int = 1, checked: bool = False, model: str = "claude-sonnet-4-6", **plan: Any) -> Scenario:
    """A scenario with that many samples named s0, s1, …"""
    samples = tuple(Sample(f"s{i}", {"q": f"Question {i}?"}, (CHECK,) if checked else ()) for i in range(items))
    prompt = Prompt((Segment("rules", "system", "Be brief."), Segment("question", "user", "{q}")))
    return Scenario("Small", model, 400, prompt, samples, plan=Plan(**plan), source="small.toml")


def experiment(
    *candidates: Variant,
    primary: MetricName = "e2e",
    pairs: int = 12,
    alpha: float = 0.05,
    rate: float | None = None,
    of: Scenario | None = None,
) -> Experiment:
    """The baseline against candidates."""
    return Experiment(
        of or scenario(), (BASELINE, *candidates), primary, "asked for", pairs, alpha, rate_per_minute=rate
    )


def run(
    variant: Variant,
    pair: int,
    *,
    e2e_s: float = 2.0,
    ttft_s: float | None = None,
    usd: float = 0.001,
    sample: str = "s0",
    answer: str = "yes",
    score: float | None = None,
    failed: bool = False,
    stop_reason: str | None = "end_turn",
    usage: Usage = Usage(100, 50),  # noqa: B008 - frozen
    model: str = "claude-sonnet-4-6",
    phase: Any = "measured",
    warm_usd: float | None = None,
    cold_usd: float | None = None,
) -> RunRecord:
    """One run with one call: streamed where it has a time to first token, billed as output."""
    error = FAILURE if failed else None
    call = CallRecord(
        id=f"{variant.name}.{pair}.0",
        model=model,
        streamed=ttft_s is not None,
        sent_at_s=0.0,
        ended_at_s=e2e_s,
        provenance=Provenance.SIMULATED,
        text=answer,
        usage=usage,
        stop_reason=stop_reason,
        error=error,
        cost=Cost(output_usd=usd),
        warm_usd=usd if warm_usd is None else warm_usd,
        cold_usd=usd if cold_usd is None else cold_usd,
    )
    return RunRecord(
        id=f"{variant.name}.{pair}",
        variant=variant.name,
        sample=sample,
        pair=pair,
        phase=phase,
        started_at="2026-12-01T00:00:00.000+00:00",
        calls=(call,),
        answer=answer,
        e2e_s=e2e_s,
        first_visible_s=e2e_s if ttft_s is None else ttft_s,
        ttft_s=ttft_s,
        stop_reason=stop_reason,
        error=error,
        checks=() if score is None else (CheckResult("contains", score),),
    )


def times(variant: Variant, base: Sequence[float | None], candidate: Sequence[float | None]) -> list[Pair]:
    """Pairs with these end-to-end times; None is a failed run."""

    def one(of: Variant, pair: int, seconds: float | None) -> RunRecord:
        return run(of, pair, e2e_s=seconds or 1.0, failed=seconds is None)

    return [(one(BASELINE, i, b), one(variant, i, c)) for i, (b, c) in enumerate(zip(base, candidate, strict=True))]


def bills(
    variant: Variant, base: Sequence[float], candidate: Sequence[float], *, items: int = 1, **both: Any
) -> list[Pair]:
    """Pairs with these costs in USD, item by item in turn."""
    return [
        (
            run(BASELINE, i, usd=b, sample=f"s{i % items}", **both),
            run(variant, i, usd=c, sample=f"s{i % items}", **both),
        )
        for i, (b, c) in enumerate(zip(base, candidate, strict=True))
    ]


def scored(variant: Variant, base: Sequence[float], candidate: Sequence[float], *, items: int) -> list[Pair]:
    """Pairs with these scores, item by item in turn."""
    return [
        (
            run(BASELINE, i, score=b, sample=f"s{i % items}"),
            run(variant, i, score=c, sample=f"s{i % items}"),
        )
        for i, (b, c) in enumerate(zip(base, candidate, strict=True))
    ]


def written(variant: Variant, base: Sequence[str], candidate: Sequence[str], *, items: int = 1) -> list[Pair]:
    """Pairs with these answers, item by item in turn."""
    return [
        (run(BASELINE, i, answer=b, sample=f"s{i % items}"), run(variant, i, answer=c, sample=f"s{i % items}"))
        for i, (b, c) in enumerate(zip(base, candidate, strict=True))
    ]
