"""Are a candidate's answers as good? By checks where the text can change, else by a test that nothing changed."""

from collections.abc import Sequence
from itertools import combinations

import msgspec

from optlab.core.experiment import Experiment, Variant
from optlab.core.record import Pair
from optlab.core.verdict import Interval, Quality
from optlab.engine.items import decided
from optlab.levers import BY_NAME as LEVERS
from optlab.stats import decide_quality, decide_quality_once, energy_smallest_p, energy_test, rouge_l, truncation_bound


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
        return Quality("inconclusive", "none", 0, margin, "the scenario has no check; add one to learn what is lost")
    checked = sum(bool(sample.checks) for sample in scenario.samples)
    if checked == 1:
        why = "one checked item cannot speak for others; add samples with checks"
        return Quality("inconclusive", "none", 1, margin, why)
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
    losses = sum(c < b for b, c in items)
    bound = truncation_bound(len(items), losses) if items else 1.0
    words = {
        "better": "more answers pass the checks",
        "non-inferior": f"a loss of {margin:.0%} or more is excluded",
        "worse": "fewer answers pass the checks",
        "inconclusive": f"{len(items)} items, {losses} of them worse, cannot exclude a loss of up to {bound:.0%}",
    }
    return Quality(
        decision.verdict,
        "checks",
        len(items),
        margin,
        words[decision.verdict],
        decision.interval or Interval(None, None),
        bound,
    )


def _unchanged(experiment: Experiment, pairs: Sequence[Pair], *, over: bool) -> Quality:
    margin = experiment.scenario.plan.quality_margin

    def said(verdict: str, why: str, items: int) -> Quality:
        return msgspec.convert(
            {"verdict": verdict, "basis": "change test", "items": items, "margin": margin, "why": why}, Quality
        )

    if not over:
        return said("inconclusive", "the change test looks once, when all pairs are in", 0)
    rang, items = change_test(experiment, pairs)
    if rang is None:
        return said("inconclusive", "too few answers for the change test to ring; run more pairs", items)
    if rang:
        return said(
            "inconclusive",
            "the answers changed, which this lever must not do (a false alarm in one run of twenty); run it again",
            items,
        )
    return said("non-inferior", "the change test ran and did not ring", items)


def change_test(experiment: Experiment, pairs: Sequence[Pair]) -> tuple[bool | None, int]:
    """Whether the answers are proven to be others (None: too few for that), and from how many items. One look only."""
    groups = _answers_by_item(pairs)
    items = [
        (_distances(base + candidate), len(base)) for base, candidate in groups if min(len(base), len(candidate)) > 1
    ]
    if energy_smallest_p([k for _, k in items]) > experiment.alpha:
        return None, len(items)
    _, p = energy_test(items, seed=experiment.seed)
    return p <= experiment.alpha, len(items)


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
