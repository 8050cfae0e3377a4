"""Warnings about caching: breakpoints that do nothing, nothing cached, or runs colder or warmer than their label."""

from collections.abc import Iterator, Sequence

from optlab.catalogue import load
from optlab.core.errors import UsageError
from optlab.core.experiment import Experiment, LeverChoice
from optlab.core.report import Caveat, VariantSummary
from optlab.engine.guessing import prefixes
from optlab.levers import complete, examine, param_of, stacked
from optlab.levers.caching import AUTO


def cache_caveats(experiment: Experiment, summaries: Sequence[VariantSummary]) -> tuple[Caveat, ...]:
    """Every warning about the variants that cache, in the order of the variants."""
    return (
        *idle_breakpoints(experiment),
        *_not_cached(experiment, summaries),
        *_cache_state(experiment, summaries),
        *_in_batches(experiment),
    )


def planned_caveats(experiments: Sequence[Experiment]) -> tuple[Caveat, ...]:
    """What can be warned of before the first call: breakpoints that do nothing. Each is told once."""
    return tuple(dict.fromkeys(caveat for experiment in experiments for caveat in idle_breakpoints(experiment)))


def idle_breakpoints(experiment: Experiment) -> Iterator[Caveat]:
    """Breakpoints whose prefix is too short for the model, by the offline estimate: chosen so, or made so by a trim.

    A prompt of a variant's own is held against the scenario's also where the scenario only says how it caches.
    """
    declared = LeverChoice("caching") if "caching" in experiment.scenario.lever_params else None
    for variant in experiment.variants:
        levers = variant.levers
        if not any(choice.name == "caching" for choice in levers):
            if declared is None or variant.prompt is None:
                continue
            levers = stacked((*levers, complete(declared, experiment.scenario)))
        try:
            request = examine(levers, variant.on(experiment.scenario))
        except UsageError as error:
            yield Caveat("breakpoint_cut", f"the trim of {variant.name} does not go with the cache: {error}")
            continue
        model = load().find(request.model) if request else None
        if request is None or model is None:
            continue
        least = model.limits.min_cacheable_tokens
        floor = f"{model.display_name} caches from {least:,} tokens on, without any error"
        chosen = param_of(levers, "caching", "at", experiment.scenario) != AUTO
        untrimmed = examine(tuple(c for c in levers if c.name != "trim"), experiment.scenario)
        before = prefixes(untrimmed) if untrimmed else ()
        for number, (part, tokens) in enumerate(prefixes(request)):
            if tokens >= least:
                continue
            if number < len(before) and before[number][1] >= least:
                yield Caveat(
                    "trim_below_minimum",
                    f"the trim of {variant.name} takes the cached prefix from about {before[number][1]:,} to about "
                    f"{tokens:,} tokens, and {floor}: what could be read from the cache is paid in full now; trim "
                    "less, or behind the breakpoint",
                )
            elif chosen:
                yield Caveat(
                    "breakpoint_below_minimum",
                    f"the breakpoint of {variant.name} behind {part.segment!r} covers about {tokens:,} tokens, and "
                    f"{floor}; put it behind a later block, or leave it out",
                )


def _in_batches(experiment: Experiment) -> Iterator[Caveat]:
    for variant in experiment.variants:
        if {"caching", "batch"} <= {choice.name for choice in variant.levers}:
            yield Caveat(
                "cache_in_batch",
                f"the calls of {variant.name} were made one after the other; in a batch the cache is read by chance "
                "(30 to 98% of requests), so its bill is weighted for the least of that; look at your batches' usage",
            )


def _not_cached(experiment: Experiment, summaries: Sequence[VariantSummary]) -> Iterator[Caveat]:
    for variant, summary in zip(experiment.variants, summaries, strict=False):
        rate = summary.cache.hit_rate
        if not any(choice.name == "caching" for choice in variant.levers) or rate is None or rate == 1:
            continue
        if rate > 0:
            hits = summary.shares["cache_hit"]
            yield Caveat(
                "partly_cached",
                f"only {hits.count} of {hits.n} measured calls of {variant.name} read the cache, so its latency "
                "mixes hits with misses; run it again, or take it as the mixture it is",
            )
            continue
        model = load().find(summary.model)
        prompt = summary.cache.largest_prompt_tokens
        if model is not None and prompt < model.limits.min_cacheable_tokens:
            yield Caveat(
                "below_minimum",
                f"nothing was cached: the prompt has {prompt:,} tokens and {model.display_name} caches from "
                f"{model.limits.min_cacheable_tokens:,} on, without any error",
            )
        else:
            yield Caveat("not_cached", "no measured call read the cache, so this is not the warm case it should be")


def _cache_state(experiment: Experiment, summaries: Sequence[VariantSummary]) -> Iterator[Caveat]:
    """Runs that did with the cache what their label, cold or warm, says they should not."""
    for variant, summary in zip(experiment.variants, summaries, strict=False):
        if not any(choice.name == "caching" for choice in variant.levers):
            continue
        if summary.cold is not None and summary.cold.cache_read_tokens:
            yield Caveat(
                "cold_read",
                f"the warm-up of {variant.name} read {summary.cold.cache_read_tokens:,} tokens from a cache that "
                "should have been empty, so its cold figures are warm ones; run it again",
            )
        if summary.rewrote:
            yield Caveat(
                "warm_wrote",
                f"{summary.rewrote} of {summary.runs} measured calls of {variant.name} read the cache and wrote to it "
                "again, so something in front of the mark changes from call to call; move it behind the mark",
            )
