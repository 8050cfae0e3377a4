"""A long stable prefix: its tokens against the model's minimum, its reads against the arrivals."""

import shlex

from optlab.catalogue import load
from optlab.core.advice_report import AdviceRow, Quantity
from optlab.engine.arrivals import TTL_MINUTES
from optlab.stats import cache_hit_rate_poisson, cache_multiplier
from optlab.studies.evidence import Evidence, stable_end, stable_tokens
from optlab.studies.symptoms.row import run_command, with_


def stable_prefix(evidence: Evidence) -> AdviceRow:
    """A long prefix that never changes: its tokens against the model's minimum, its reads against the arrivals."""
    model = load().find(evidence.scenario.model)
    row = AdviceRow("stable prefix", "not measured", "", "caching")
    if model is None:
        return with_(row, why=f"nobody knows from how many tokens on {evidence.scenario.model} caches")
    prefix, minimum, rates = stable_tokens(evidence), model.limits.min_cacheable_tokens, evidence.rates
    quantities: tuple[Quantity, ...] = (
        Quantity("prefix", prefix, "tokens"),
        Quantity("minimum", minimum, "tokens"),
        Quantity("input", rates.input, "usd_per_million"),
    )
    if prefix < minimum:
        why = "{prefix} stay the same before what varies; below {minimum} this model caches nothing, without a word"
        return with_(row, holds="no", why=why, quantities=quantities)
    if evidence.rate_per_minute is None or rates.input == 0:
        return with_(
            row,
            why="{prefix} stay the same, enough to cache (from {minimum} on); what that saves depends on how often the "
            "prompt is called: declare it with --rate",
            quantities=quantities,
            command=run_command(evidence, f"--lever {_lever(evidence)}"),
        )
    writes = {"5m": rates.cache_write_5m / rates.input, "1h": rates.cache_write_1h / rates.input}
    read = rates.cache_read / rates.input
    plans = [
        (
            cache_multiplier(hits := cache_hit_rate_poisson(evidence.rate_per_minute, minutes), writes[ttl], read),
            ttl,
            hits,
        )
        for ttl, minutes in TTL_MINUTES.items()
    ]
    # Of lifetimes that cost the same to a thousandth of the input price, the shorter: its writes are cheaper.
    times, ttl, hits = min(plans, key=lambda plan: round(plan[0], 3))
    quantities += (
        Quantity("rate", evidence.rate_per_minute, "per_min", assumed=True),
        Quantity("hits", hits, "share", assumed=True),
        Quantity("read", read, "times"),
        Quantity("write", writes[ttl], "times"),
    )
    saving = prefix * rates.input / 1e6 * (1 - times)
    return with_(
        row,
        holds="yes" if saving > 0 else "no",
        why="{prefix} stay the same (the model caches from {minimum} on), called {rate}",
        quantities=quantities,
        formula="{prefix} x {input} x (1 - ({read} x {hits} + {write} x (1 - {hits})))",
        saving_usd=saving,
        command=run_command(evidence, f"--lever {_lever(evidence, f'ttl={ttl}')} --rate {evidence.rate_per_minute:g}"),
    )


def _lever(evidence: Evidence, *params: str) -> str:
    """The lever as a shell reads it, with its breakpoint where the stable prefix ends."""
    end = stable_end(evidence)
    chosen = ",".join((*params, *((f"at={end}",) if end else ())))
    return shlex.quote(f"caching:{chosen}" if chosen else "caching")


def paid_share(evidence: Evidence) -> float:
    """What share of the input price a token of the prefix costs once caching is pulled; 1 where that saves nothing."""
    row = stable_prefix(evidence)
    if row.holds != "yes" or not row.saving_usd:
        return 1.0
    return 1 - row.saving_usd / (stable_tokens(evidence) * evidence.rates.input / 1e6)
