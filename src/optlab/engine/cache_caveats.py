"""Warnings about caching: nothing was cached, or runs were colder or warmer than their label says."""

from collections.abc import Iterator, Sequence

from optlab.catalogue import load
from optlab.core.experiment import Experiment
from optlab.core.report import Caveat, VariantSummary


def cache_caveats(experiment: Experiment, summaries: Sequence[VariantSummary]) -> tuple[Caveat, ...]:
    """Every warning about the variants that cache, in the order of the variants."""
    return (*_not_cached(experiment, summaries), *_cache_state(experiment, summaries))


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
