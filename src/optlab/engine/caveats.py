"""Warnings about our own measurement that its figures tell, each in the words of what to do next. See also `doubts`."""

from collections.abc import Iterator, Sequence
from datetime import date

from optlab.backends.backend import BackendInfo
from optlab.catalogue import load
from optlab.core.experiment import Experiment
from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.record import Provenance
from optlab.core.report import Caveat, VariantSummary
from optlab.core.verdict import Comparison
from optlab.engine.cache_caveats import cache_caveats
from optlab.engine.wording import at_least, counted, percent
from optlab.levers import timed
from optlab.stats import min_runs

OLD_PRICES_DAYS = 90
FLOOR_SHARE = 0.05
"""A client delay above this share of the baseline's typical time is worth a warning."""


def caveats(
    experiment: Experiment,
    info: BackendInfo,
    summaries: Sequence[VariantSummary],
    comparisons: Sequence[Comparison],
    on: str | None = None,
) -> tuple[Caveat, ...]:
    """Every warning that applies to a run as it stands. `on` is the ISO day of the run."""
    if not summaries:
        return ()
    return (
        *_few_runs(summaries),
        *_one_item(experiment),
        *(tuple(_floor(info, summaries[0])) or _scaled(info)),
        *_power(experiment, comparisons),
        *_failures(summaries),
        *_cut(summaries),
        *_ends(summaries),
        *_thinking(summaries),
        *cache_caveats(experiment, summaries),
        *_batched(experiment, info),
        *_tokenizers(summaries),
        *_retiring(summaries),
        *_old_prices(summaries, on),
    )


def _few_runs(summaries: Sequence[VariantSummary]) -> Iterator[Caveat]:
    runs = min(summary.runs for summary in summaries)
    if not runs:
        return
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
    """One warning for all candidates whose pairs were too few to show what counts as useful."""
    delta = experiment.scenario.plan.delta_min
    decides = {variant.name: experiment.primary_of(variant)[0] for variant in experiment.candidates}
    weak = [
        f"{counted(c.seen, c.unit.removesuffix('s'))} of {c.variant} usually show a saving in "
        f"{METRICS[c.metric].title} only from {at_least(c.smallest_visible)} on"
        for c in comparisons
        if c.metric == decides.get(c.variant)
        and c.verdict not in ("better", "worse")
        and c.smallest_visible is not None
        and c.smallest_visible > delta
        and at_least(c.smallest_visible) != percent(delta)
    ]
    if weak:
        yield Caveat("power", f"{', '.join(weak)}, while {percent(delta)} counts as useful; run more pairs")


def _failures(summaries: Sequence[VariantSummary]) -> Iterator[Caveat]:
    for summary in summaries:
        lost = summary.errors - summary.retried
        if lost:
            yield Caveat(
                "failed",
                f"{lost} of {summary.runs} runs of {summary.name} failed and count as infinitely slow; "
                "see why with --format jsonl",
            )
        if summary.retried:
            yield Caveat(
                "retried",
                f"{summary.retried} of {summary.runs} runs of {summary.name} needed a retry: their answers and bills "
                "count, their latency is infinite, and the time with retries stands apart (--all-metrics); "
                "run it again at a quieter hour",
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


_ENDS = (
    ("refusal", "refused", "were refusals, which fail their checks; reword the prompt or leave out what it refuses"),
    (
        "model_context_window_exceeded",
        "window",
        "ended at the end of the context window; shorten the prompt or take a model with more room",
    ),
    ("pause_turn", "paused", "paused in the middle of their turn, so they are not whole; leave out server tools"),
)


def _ends(summaries: Sequence[VariantSummary]) -> Iterator[Caveat]:
    for summary in summaries:
        for reason, code, words in _ENDS:
            if count := summary.stop_reasons.get(reason, 0):
                yield Caveat(code, f"{count} of {summary.runs} answers of {summary.name} {words}")


def _thinking(summaries: Sequence[VariantSummary]) -> Iterator[Caveat]:
    for summary in summaries:
        if summary.thinking_in_tpot:
            yield Caveat(
                "thinking_in_tpot",
                f"the server does not count the thinking of {summary.name} apart, so its time per token includes "
                "thinking and looks too short; compare time to first token and end to end instead",
            )


def _scaled(info: BackendInfo) -> Iterator[Caveat]:
    if info.provenance is Provenance.SIMULATED and info.speed != 1:
        yield Caveat(
            "scaled",
            f"the simulation ran at speed {info.speed:g} and its times are scaled back, the client's own delays with "
            "them; leave --sim-speed out before believing small differences",
        )


def _batched(experiment: Experiment, info: BackendInfo) -> Iterator[Caveat]:
    batched = [variant for variant in experiment.variants if not timed(variant.levers)]
    if batched and info.provenance is Provenance.SIMULATED:
        yield Caveat(
            "batch_simulated",
            "the simulator hurries small batches; a real one ends within an hour as a rule and within a day at most; "
            "submit one to the real API before promising a time",
        )
    for variant in batched:
        yield Caveat(
            "batch_prices",
            f"the runs of {variant.name} were made one by one and paid in full; their cost is what the same tokens "
            "cost in a batch, and their latency is left out, for it is not a batch's",
        )


def _tokenizers(summaries: Sequence[VariantSummary]) -> Iterator[Caveat]:
    known = [(summary, model) for summary in summaries if (model := load().find(summary.model)) is not None]
    if len({model.tokenizer.family for _, model in known}) > 1:
        names = ", ".join(dict.fromkeys(model.display_name for _, model in known))
        yield Caveat(
            "tokenizers",
            f"{names} cut text into tokens differently (about 30% more in the newer family), so tokens, times per "
            "token and max_tokens do not compare; compare dollars and seconds",
        )


def _old_prices(summaries: Sequence[VariantSummary], on: str | None) -> Iterator[Caveat]:
    for model_id in dict.fromkeys(summary.model for summary in summaries):
        model = load().find(model_id)
        if model is None or on is None:
            continue
        age = (date.fromisoformat(on) - date.fromisoformat(model.prices.as_of)).days
        if age > OLD_PRICES_DAYS:
            yield Caveat(
                "old_prices",
                f"the prices of {model.display_name} are {age} days old (as of {model.prices.as_of}); check them, and "
                "put newer ones into prices.toml",
            )


def _retiring(summaries: Sequence[VariantSummary]) -> Iterator[Caveat]:
    for model_id in dict.fromkeys(summary.model for summary in summaries):
        model = load().find(model_id)
        if model is not None and model.lifecycle.retires:
            yield Caveat("retiring", f"{model.display_name} retires on {model.lifecycle.retires}; move on before then")
