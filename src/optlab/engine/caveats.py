"""Warnings about our own measurement, each in the words of what to do next."""

from collections.abc import Iterator, Sequence

from optlab.backends.backend import BackendInfo
from optlab.catalogue import load
from optlab.core.experiment import Experiment
from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.record import Provenance
from optlab.core.report import Caveat, VariantSummary
from optlab.core.verdict import Comparison
from optlab.stats import min_runs

FLOOR_SHARE = 0.05
"""A client delay above this share of the baseline's typical time is worth a warning."""


def caveats(
    experiment: Experiment,
    info: BackendInfo,
    summaries: Sequence[VariantSummary],
    comparisons: Sequence[Comparison],
) -> tuple[Caveat, ...]:
    """Every warning that applies to a run as it stands."""
    if not summaries:
        return ()
    return (
        *_few_runs(summaries),
        *_one_item(experiment),
        *_floor(info, summaries[0]),
        *_power(experiment, comparisons),
        *_failures(summaries),
        *_cut(summaries),
        *_not_cached(experiment, summaries),
        *_retiring(summaries),
    )


def _few_runs(summaries: Sequence[VariantSummary]) -> Iterator[Caveat]:
    runs = min(summary.runs for summary in summaries)
    for name, p in (("p90", 0.9), ("p99", 0.99)):
        needed = min_runs(p)
        if runs < needed:
            yield Caveat(
                f"{name}_open",
                f"{name} has no upper bound at n = {runs}, so only what is proven is given; "
                f"{needed} runs a variant would bound it (--pairs {needed})",
            )


def _one_item(experiment: Experiment) -> Iterator[Caveat]:
    if len(experiment.scenario.samples) == 1:
        yield Caveat(
            "one_item", "the scenario has one sample, so this holds for this prompt only; add samples to claim more"
        )


def _floor(info: BackendInfo, baseline: VariantSummary) -> Iterator[Caveat]:
    typical = baseline.metrics["e2e"].p50 if "e2e" in baseline.metrics else None
    # On a real server the probe's time is the way there and back, which every user waits for as well.
    if (
        info.provenance is not Provenance.SIMULATED
        or info.floor_s is None
        or not isinstance(typical, float)
        or typical <= 0
    ):
        return
    floor_s = info.floor_s * info.speed
    if floor_s > FLOOR_SHARE * typical:
        yield Caveat(
            "floor",
            f"at speed {info.speed:g} the client's own {info.floor_s * 1000:.1f} ms count as "
            f"{floor_s * 1000:.0f} ms; lower --sim-speed to believe small differences",
        )


def _power(experiment: Experiment, comparisons: Sequence[Comparison]) -> Iterator[Caveat]:
    delta = experiment.scenario.plan.delta_min
    for comparison in comparisons:
        smallest = comparison.smallest_visible
        settled = comparison.verdict in ("better", "worse")
        if comparison.metric == experiment.primary and not settled and smallest is not None and smallest > delta:
            yield Caveat(
                "power",
                f"{comparison.seen} pairs usually show only a saving above {smallest:.0%} in "
                f"{METRICS[comparison.metric].title}, while {delta:.0%} counts as useful; run more pairs",
            )


def _failures(summaries: Sequence[VariantSummary]) -> Iterator[Caveat]:
    for summary in summaries:
        if summary.errors:
            yield Caveat(
                "failed",
                f"{summary.errors} of {summary.runs} runs of {summary.name} failed and count as infinitely slow; "
                "see why with --format jsonl",
            )


def _cut(summaries: Sequence[VariantSummary]) -> Iterator[Caveat]:
    for summary in summaries:
        cut = summary.stop_reasons.get("max_tokens", 0)
        if cut and not any(lever.startswith("max_tokens") for lever in summary.levers):
            yield Caveat(
                "cut",
                f"{cut} of {summary.runs} answers of {summary.name} were cut at max_tokens, so their lengths and "
                "times are those of the cap; raise max_tokens in the scenario",
            )


def _not_cached(experiment: Experiment, summaries: Sequence[VariantSummary]) -> Iterator[Caveat]:
    for variant, summary in zip(experiment.variants, summaries, strict=False):
        rate = summary.cache.hit_rate
        if not any(choice.name == "caching" for choice in variant.levers) or rate is None or rate == 1:
            continue
        if rate > 0:
            hits = round(rate * summary.runs)
            yield Caveat(
                "partly_cached",
                f"only {hits} of {summary.runs} measured calls of {variant.name} read the cache, so its latency "
                "mixes hits with misses; run it again, or take it as the mixture it is",
            )
            continue
        model = load().find(summary.model)
        prompt = summary.usage.prompt_tokens // max(1, summary.runs + (summary.cold is not None))
        if model is not None and prompt < model.limits.min_cacheable_tokens:
            yield Caveat(
                "below_minimum",
                f"nothing was cached: the prompt has {prompt:,} tokens and {model.display_name} caches from "
                f"{model.limits.min_cacheable_tokens:,} on, without any error",
            )
        else:
            yield Caveat("not_cached", "no measured call read the cache, so this is not the warm case it should be")


def _retiring(summaries: Sequence[VariantSummary]) -> Iterator[Caveat]:
    for model_id in dict.fromkeys(summary.model for summary in summaries):
        model = load().find(model_id)
        if model is not None and model.lifecycle.retires:
            yield Caveat("retiring", f"{model.display_name} retires on {model.lifecycle.retires}; move on before then")
