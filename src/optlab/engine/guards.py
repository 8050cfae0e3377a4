"""What must not get worse while a lever is pulled: latency, cut answers, failed runs."""

import math
from collections.abc import Sequence

from optlab.core.experiment import Experiment, Variant
from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.record import Pair
from optlab.core.scenario import MetricName
from optlab.core.verdict import Guard
from optlab.engine.planning import pairs_for
from optlab.engine.wording import percent
from optlab.levers import BY_NAME as LEVERS
from optlab.levers import GuardName
from optlab.stats import guard_no_loss, guard_share, log_ratios, mcnemar_exact, spread


def guards(experiment: Experiment, variant: Variant, pairs: Sequence[Pair], *, over: bool) -> tuple[Guard, ...]:
    """The guards of the variant's levers, each once. `over`: no further pair will come."""
    names = dict.fromkeys(name for choice in variant.levers for name in LEVERS[choice.name].spec.blocking)
    return (
        *_guard_failures(experiment, pairs, over=over),
        *(_guard(name, experiment, pairs, over=over) for name in names),
    )


def _guard_failures(experiment: Experiment, pairs: Sequence[Pair], *, over: bool) -> tuple[Guard, ...]:
    """A candidate that fails more often than the baseline is no improvement, whatever else it is."""
    only_candidate = sum(candidate.failed and not base.failed for base, candidate in pairs)
    only_base = sum(base.failed and not candidate.failed for base, candidate in pairs)
    if only_candidate <= only_base:
        return ()
    # An exact test is made for one look; asked after every pair it would ring far more often than it says.
    broken = over and mcnemar_exact(only_candidate, only_base) <= experiment.alpha
    failed = f"{only_candidate} run{'' if only_candidate == 1 else 's'}"
    why = f"{failed} failed where the baseline answered, {only_base} the other way round"
    return (Guard("failures", "broken" if broken else "open", True, why),)


def _guard(name: GuardName, experiment: Experiment, pairs: Sequence[Pair], *, over: bool) -> Guard:
    if name == "truncation":
        return _guard_truncation(experiment, pairs, over=over)
    return _guard_latency(name, experiment, pairs)


def _guard_latency(metric: MetricName, experiment: Experiment, pairs: Sequence[Pair]) -> Guard:
    read, title = METRICS[metric].read, METRICS[metric].title
    delta = experiment.scenario.plan.delta_min
    values = [(b, c) for base, cand in pairs if (b := read(base)) is not None and (c := read(cand)) is not None]
    ratios = log_ratios([b for b, _ in values], [c for _, c in values])
    state = guard_no_loss(ratios, experiment.pairs, delta, experiment.alpha)
    words = {
        "held": f"a loss of {percent(delta)} or more in {title} time is excluded",
        "broken": f"{title} time is worse by {percent(delta)} or more",
        "open": f"a loss of {percent(delta)} in {title} time is not excluded yet",
    }
    # With a further pair planned there is no last look: what was open then owes its verdict to the exact test.
    last = state != "open" and guard_no_loss(ratios, experiment.pairs + 1, delta, experiment.alpha) == "open"
    why = f"{words[state]}, by the exact test at the last pair" if last else words[state]
    needed = pairs_for(spread(ratios), delta, experiment.alpha, len(ratios)) if ratios and state == "open" else None
    return Guard(metric, state, True, why, needed)


def _guard_truncation(experiment: Experiment, pairs: Sequence[Pair], *, over: bool) -> Guard:
    limit = experiment.scenario.plan.truncation_limit
    answered = [candidate for _, candidate in pairs if candidate.answered]
    cut = sum(run.cut for run in answered)
    # Given its items, answers are independent, and a bound for equally likely cuts holds all the more for unequal ones
    # (Hoeffding 1956): it speaks of these items. Of others it would only where no item repeats.
    items = len({run.sample for run in answered})
    whose = f" to these {items} items" if 1 < items < len(answered) else ""
    # The share is bounded at one look; asked after every pair, the bound would be wrong far more often than it says.
    state = guard_share(len(answered), cut, limit, experiment.alpha) if answered and over else "open"
    words = {
        "held": f"at most {percent(limit)} of answers{whose} are cut",
        "broken": f"{cut} of {len(answered)} answers{whose} are cut, more than the {percent(limit)} allowed",
        "open": f"it is not shown yet that at most {percent(limit)} of answers{whose} are cut "
        f"({cut} of {len(answered)} were)",
    }
    needed = math.ceil(math.log(experiment.alpha) / math.log(1 - limit)) if state == "open" and cut == 0 else None
    return Guard("truncation", state, True, words[state], needed)
