"""What is printed beside a card and vetoes nothing: a lever's other metrics, and whether answers changed."""

from collections.abc import Mapping, Sequence

from optlab.core.experiment import Experiment, Variant
from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.record import Pair
from optlab.core.scenario import MetricName
from optlab.core.verdict import Comparison, Guard, Verdict
from optlab.engine.answers import change_test
from optlab.engine.wording import percent, size
from optlab.levers import BY_NAME as LEVERS
from optlab.stats import GuardState

_STATES: dict[Verdict, GuardState] = {"worse": "broken", "undecided": "open", "better": "held", "negligible": "open"}
_WORDS: dict[Verdict, str] = {
    "better": "{} is better, by {}",
    "worse": "{} is worse, by {}",
    "negligible": "{} shows no useful gain, and no loss is proven",
    "undecided": "{} is undecided",
}


def shown(experiment: Experiment, variant: Variant, by_metric: Mapping[MetricName, Comparison]) -> tuple[Guard, ...]:
    """One guard for each metric that the variant's levers want shown and that could be compared.

    The metric that decides is on the card already.
    """
    names = dict.fromkeys(name for choice in variant.levers for name in LEVERS[choice.name].spec.shown)
    primary, _ = experiment.primary_of(variant)
    delta = experiment.scenario.plan.delta_min
    return tuple(_guard(by_metric[name], delta) for name in names if name in by_metric and name != primary)


def change_shown(experiment: Experiment, variant: Variant, pairs: Sequence[Pair], *, over: bool) -> tuple[Guard, ...]:
    """Whether the answers became others, where the variant has another prompt or a lever that wants that told.

    It is looked at when all is in.
    """
    told = variant.prompt is not None or any(LEVERS[choice.name].spec.shows_change for choice in variant.levers)
    if not over or not told:
        return ()
    rang, items = change_test(experiment, pairs)
    if rang is None:
        return (Guard("change", "open", False, f"too few answers ({items} items asked twice) to tell if they changed"),)
    if rang:
        return (Guard("change", "broken", False, "the answers are not the same as before; quality says if worse"),)
    return (Guard("change", "held", False, "no change of the answers is proven"),)


def _guard(found: Comparison, delta: float) -> Guard:
    title = METRICS[found.metric].title
    if found.verdict == "negligible" and found.loss_excluded:
        why = f"{title} shows no useful gain, and a loss of {percent(delta)} or more is excluded"
        return Guard(found.metric, "held", False, why)
    amount = "an unknown amount" if found.estimate is None else size(found.estimate)
    return Guard(found.metric, _STATES[found.verdict], False, _WORDS[found.verdict].format(title, amount))
