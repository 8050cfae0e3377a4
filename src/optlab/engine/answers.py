"""Are a candidate's answers as good? By checks where the text can change, else by a test that nothing changed."""

import math
from collections.abc import Sequence
from itertools import combinations

from optlab.core.experiment import Experiment, Variant
from optlab.core.record import Pair
from optlab.core.verdict import Interval, Quality, QualityWord
from optlab.engine.items import decided
from optlab.engine.wording import counted, points
from optlab.levers import BY_NAME as LEVERS
from optlab.stats import (
    decide_quality,
    decide_quality_once,
    energy_smallest_p,
    energy_test,
    excluded_loss,
    fewest_items,
    graded,
    rouge_l,
    tango_interval,
)


def may_change_text(variant: Variant) -> bool:
    """Whether anything of the variant can change what the model writes: a prompt of its own, or a lever."""
    return variant.prompt is not None or any(LEVERS[choice.name].spec.changes_text for choice in variant.levers)


def quality(experiment: Experiment, variant: Variant, pairs: Sequence[Pair], *, over: bool) -> Quality:
    """Are the candidate's answers as good? By checks where the text can change, else by the change test.

    `over` tells that no further pair will come: the change test looks only once.
    """
    if not may_change_text(variant):
        return _unchanged(experiment, pairs, over=over)
    scenario = experiment.scenario
    margin = scenario.plan.quality_margin
    if not scenario.has_checks:
        why = "the scenario has no check that would tell what is lost"
        return Quality("inconclusive", "none", 0, margin, why, lacks="add a check to this scenario")
    checked = sum(bool(sample.checks) for sample in scenario.samples)
    if checked == 1:
        why = "one checked item cannot speak for others"
        return Quality("inconclusive", "none", 1, margin, why, lacks="add samples with checks")
    scored = [(p[0].sample, b, c) for p in pairs if (b := p[0].score) is not None and (c := p[1].score) is not None]
    items, decision = decided(
        experiment,
        [sample for sample, _, _ in scored],
        [(b, c) for _, b, c in scored],
        checked,
        len(pairs) >= experiment.pairs,
        lambda rows, n_max: decide_quality(rows, margin, max(n_max, 1), experiment.alpha),
        lambda rows: decide_quality_once(rows, margin, experiment.alpha),
    )
    between = graded(items)
    losses = sum(c < b for b, c in items)
    looked = len(pairs) >= experiment.pairs and (len(scored) == len(items) or decision.items == len(items))
    bound = _excluded(items, experiment.alpha, last_look=looked and not between)
    words = {
        "better": "the answers do better in the checks",
        "non-inferior": f"a loss of {points(margin)} or more is excluded",
        "worse": "the answers do worse in the checks",
        "inconclusive": _open_words(len(items), losses, bound),
    }
    return Quality(
        decision.verdict,
        "checks",
        len(items),
        margin,
        words[decision.verdict],
        decision.interval or Interval(None, None),
        bound,
        between,
        _lacks(len(items), losses, margin, experiment.alpha, between=between)
        if decision.verdict == "inconclusive"
        else "",
    )


def _excluded(items: Sequence[tuple[float, float]], alpha: float, *, last_look: bool) -> float:
    """The smallest loss that the verdict's own tests exclude, at its own level: below a margin where it excludes that.

    The bets, which bound a mean also of graded scores; at the last look at passes and failures Tango's interval too.
    """
    bound = excluded_loss([c - b for b, c in items], alpha)
    if not last_look or not items:
        return bound
    low = tango_interval(items.count((0, 1)), items.count((1, 0)), len(items), 1.0 - alpha).low
    return bound if low is None else min(bound, max(0.0, -low))


def _open_words(items: int, losses: int, bound: float) -> str:
    known = f"{counted(items, 'checked item')}, {losses} of them worse,"
    if bound >= 1:
        return f"{known} exclude no loss at all"
    return f"{known} cannot exclude a loss of up to {math.ceil(round(100 * bound, 6))} points"


def _lacks(items: int, losses: int, margin: float, alpha: float, *, between: bool) -> str:
    """What would exclude the loss: items without one, so many at the least."""
    fewest = fewest_items(margin, alpha, graded=between)
    how = "; averages and scores between pass and fail are judged by the sequential test alone" if between else ""
    if items >= fewest:
        return f"more checked items than {items:,}, or fewer that get worse (now {losses}{how})"
    if losses:
        return f"at least {fewest:,} checked items, with few that get worse (now {items:,} with {losses}{how})"
    return f"{fewest:,} checked items if none gets worse (now {items:,}{how})"


def _unchanged(experiment: Experiment, pairs: Sequence[Pair], *, over: bool) -> Quality:
    margin = experiment.scenario.plan.quality_margin

    def said(verdict: QualityWord, why: str, items: int, lacks: str = "") -> Quality:
        return Quality(verdict, "change test", items, margin, why, lacks=lacks)

    if not over:
        whole = f"all {counted(experiment.pairs, 'pair')}"
        return said("inconclusive", "the change test looks once, when all pairs are in", 0, whole)
    rang, items = change_test(experiment, pairs)
    if rang is None:
        fewest = _fewest_for_change_test(len(experiment.scenario.samples), experiment.alpha)
        why = "too few answers came for the change test to tell"
        return said("inconclusive", why, items, f"{fewest:,} pairs with answers, for the change test to tell")
    if rang:
        return said(
            "inconclusive",
            "the answers changed, which this lever must not do (a false alarm in one run of twenty)",
            items,
            "run it again, and if the change test finds one again, look at the answers",
        )
    return said("non-inferior", "the change test found no difference", items)


def change_test(experiment: Experiment, pairs: Sequence[Pair]) -> tuple[bool | None, int]:
    """Whether the answers are proven to be others (None: too few for that), and from how many items. One look only."""
    groups = _answers_by_item(pairs)
    items = [
        (_distances(base + candidate), len(base)) for base, candidate in groups if min(len(base), len(candidate)) > 1
    ]
    if energy_smallest_p([k for _, k in items], [len(rows) - k for rows, k in items]) > experiment.alpha:
        return None, len(items)
    _, p = energy_test(items, seed=experiment.seed)
    return p <= experiment.alpha, len(items)


def _fewest_for_change_test(samples: int, alpha: float) -> int:
    """So many pairs, spread over the samples, are the fewest with which the change test can ring."""
    pairs = 1
    while energy_smallest_p([pairs // samples + (i < pairs % samples) for i in range(samples)]) > alpha:
        pairs += 1
    return pairs


def _answers_by_item(pairs: Sequence[Pair]) -> list[tuple[list[str], list[str]]]:
    groups: dict[str, tuple[list[str], list[str]]] = {}
    for runs in pairs:
        if not all(run.answered for run in runs):
            continue
        group = groups.setdefault(runs[0].sample, ([], []))
        for answers, run in zip(group, runs, strict=True):
            answers.append(run.answer)
    return list(groups.values())


def _distances(answers: Sequence[str]) -> list[list[float]]:
    # Short answers repeat word for word: each two texts are compared once, equal ones never.
    texts = list(dict.fromkeys(answers))
    apart = {(text, text): 0.0 for text in texts}
    for one, two in combinations(texts, 2):
        apart[one, two] = apart[two, one] = 1 - rouge_l(one, two)[2]
    return [[apart[one, two] for two in answers] for one in answers]
