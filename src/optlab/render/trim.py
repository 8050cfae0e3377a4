"""What the trimming bench found, as rows of text, plain sentences, and JSON objects."""

from collections.abc import Iterator
from typing import Any

import msgspec

from optlab.core.study import StudyHead
from optlab.core.trim_report import Change, HeatReport, Saving, TrimReport, Verification
from optlab.core.verdict import Quality
from optlab.render import format as spell
from optlab.render.sheet import Sheet, Words, heading
from optlab.render.study import bill, caveats, study_title
from optlab.render.tables import Grid
from optlab.render.trim_words import (
    differing_grid,
    excluded_words,
    named,
    p_words,
    search_basis,
    standing,
)

SCHEMA = "optlab.trim/1"
HEAT_SCHEMA = "optlab.heat/1"

_GOALS = {"all-dead": "all that nobody needs", "third": "a third of the prompt"}
_ENDS = {
    "searched": "The search is complete.",
    "goal reached": "The goal is reached, so nothing more was tried.",
    "call limit": "The search ended at its limit of calls; what it had not settled is kept.",
    "no right answer": "Nothing was tried: the original got no sample right twice, so no cut could lose an answer.",
    "budget": "The search ended because the rest of the budget is for the verification; what was not settled is kept.",
    "cancelled": "The search was stopped; what it had not settled is kept.",
}
_CHANGES = {
    "changed": "the answers are not the same as before ({p}); whether they are worse, quality says",
    "not proven": "no change of the answers is proven ({p})",
    "cannot ring": "so few answers could not prove a change, whatever they say",
}


def trim_object(head: StudyHead, report: TrimReport) -> dict[str, Any]:
    """The search as plain values: what is kept of the prompt and why, tokens, calls, cost, and both verdicts."""
    card = report.card
    return {
        "schema": SCHEMA,
        **msgspec.to_builtins(head),
        "goal": report.goal,
        "by": report.by,
        "segments": [msgspec.to_builtins(piece) for piece in report.pieces],
        "tokens_before": report.saving.tokens_before,
        "tokens_after": report.saving.tokens_after,
        "verdict": standing(report),
        "saving_is": "input only, estimated offline",
        "usd_per_1000_calls": 1000 * report.saving.usd_per_call,
        "cached_usd_per_1000_calls": _thousand(report.saving.cached_usd_per_call),
        "cached_tokens_before": report.saving.cached_before,
        "cached_tokens_after": report.saving.cached_after,
        "ended": report.ended,
        "verified": report.verified,
        "changed": msgspec.to_builtins(report.change) if report.change else None,
        "quality": msgspec.to_builtins(card.quality) if card else None,
        "card": msgspec.to_builtins(card) if card else None,
        "verifications": [
            {"cut": list(one.cut), "alpha": one.alpha, "quality": one.card.quality.verdict if one.card else None}
            for one in report.verifications
        ],
        "search_items": report.search_items,
        "held_out": report.held_out,
        "tests": report.tests,
        "search_calls": report.search_calls,
        "prompt": msgspec.to_builtins(report.prompt),
    }


def _thousand(usd: float | None) -> float | None:
    return None if usd is None else 1000 * usd


def trim_sheet(head: StudyHead, report: TrimReport) -> Sheet:
    """The search as a page: what goes and why it may, what it saves, and the verdict on samples it never saw."""
    return (
        heading(study_title(f"what can go ({_goal(report.goal)})", head)),
        Words((f"{standing(report)}: {_verdict(report)}", _summary(report))),
        pieces_grid(report),
        *((heading("Verdict on held-out samples"),) if report.verifications else ()),
        Words(tuple(map(_earlier, report.verifications, report.verifications[1:]))),
        *((report.card,) if report.card else ()),
        Words(tuple(_shown(report)), "list"),
        *differing(report.change),
        *caveats(head),
        Words((bill(head),)),
    )


def _goal(goal: str) -> str:
    return _GOALS.get(goal, f"down to {goal} tokens")


def differing(change: Change | None) -> Sheet:
    """Some answers that differ, under their heading; nothing where none do."""
    if change is None or not change.differing:
        return ()
    return heading("Answers that differ most"), differing_grid(change)


def _summary(report: TrimReport) -> str:
    saving = report.saving
    cut = saving.tokens_before - saving.tokens_after
    if not cut:
        return f"Nothing is cut: about {saving.tokens_before:,} tokens stay. {_ENDS[report.ended]}"
    share = spell.percent(cut / saving.tokens_before)
    goes, saves = ("goes", "saves") if report.verified else ("would go", "would save")
    return (
        f"{share} of the prompt {goes}: about {saving.tokens_before:,} tokens become {saving.tokens_after:,} "
        f"(estimated). Of input alone that {saves} {saving_words(saving)}. {_ENDS[report.ended]}"
    )


def saving_words(saving: Saving) -> str:
    """What a cut saves, a call and a thousand, with the cache's part in it."""
    words = f"{spell.usd(saving.usd_per_call)} a call and {spell.usd(1000 * saving.usd_per_call)} a thousand"
    if saving.cached_usd_per_call is None:
        return words
    usd = 1000 * saving.cached_usd_per_call
    thousand = spell.usd(usd)
    if saving.cache_lost:
        change = f"saves {thousand}" if usd >= 0 else f"costs {spell.usd(-usd)} more"
        lost = "what is left is too short for the cache"
        return f"{words} uncached, but {lost}: against the cached prompt it {change} a thousand"
    once = f", after one write for {spell.usd(saving.rewrite_usd)}" if saving.rewrite_usd else ""
    if saving.cached_after > saving.cached_before == 0:
        return f"{words} uncached; what is left can be cached, the whole cannot: then {thousand} a thousand{once}"
    if not saving.cached_after:
        return f"{words} uncached, {thousand} a thousand where every call writes to the cache what none can read"
    return f"{words} uncached, but read from the cache {thousand} a thousand{once}"


def pieces_grid(report: TrimReport) -> Grid:
    """One row a piece, in the order of the prompt."""
    rows = tuple(
        (named(piece), f"{piece.tokens:,}", "kept" if piece.kept else "cut", piece.evidence) for piece in report.pieces
    )
    return Grid(("piece", "tokens", "", "why"), rows)


def _verdict(report: TrimReport) -> str:
    """What the held-out samples say of what is cut."""
    last = report.verifications[-1] if report.verifications else None
    if last is None or last.card is None:
        return (
            "the search alone speaks for this cut; run it with a larger --budget before you adopt it."
            if standing(report) == "NOT VERIFIED"
            else "there is nothing to verify."
        )
    quality = last.card.quality
    where = f"on {_samples(quality)} that the search never saw"
    if report.verified:
        return f"{where}, a loss of {quality.margin:.0%} or more is excluded."
    if report.loss_before_search:
        return (
            f"{where}, answers were lost already by what was cut before the search; restore that, and test what the "
            "search found without it."
        )
    if quality.verdict == "worse":
        return f"{where}, the answers got worse: keep the original prompt."
    if report.card_of_prompt is None:
        return (
            f"without {_cut(last)} a loss showed {where}, what was cut last was put back, and what is left was not "
            "verified again."
        )
    return f"{where}, a loss of {quality.margin:.0%} is not excluded yet."


def _samples(quality: Quality) -> str:
    return _count(quality.items, "sample")


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _earlier(one: Verification, after: Verification) -> str:
    said = one.card.quality.why if one.card else "it was cut short"
    if not one.cut:
        return f"Before that, without what was cut before the search alone: {said}."
    then = "; what was cut last was put back" if after.cut else ""
    return f"Before that, without {_cut(one)}: {said}{then}."


def _cut(one: Verification) -> str:
    return ", ".join(map(spell.line, one.cut))


def _shown(report: TrimReport) -> Iterator[str]:
    card = report.card
    if card is not None and card.quality.excluded_loss is not None:
        yield f"{excluded_words(card.quality)}, on {_samples(card.quality)}"
    if report.change is not None:
        yield change_words(report.change)
    yield (
        f"{search_basis(report)}, in {_count(report.tests, 'test')} and {_count(report.search_calls, 'call')} of the "
        "search, which proposes; the verification decides"
    )


def change_words(change: Change) -> str:
    """The change test in a sentence, with the three distances."""
    said = _CHANGES[change.verdict].format(p=p_words(change.p))
    if change.across is None or change.within_original is None or change.within_trimmed is None:
        return f"change test: {said}"
    return (
        f"change test on {change.items} samples, {change.answers} answers of each: {said}; mean distance within the "
        f"original {change.within_original:.2f}, within the trimmed {change.within_trimmed:.2f}, across "
        f"{change.across:.2f}"
    )


def heat_object(head: StudyHead, report: HeatReport | None) -> dict[str, Any]:
    """The heat map as plain values; `heat` is null where it was stopped before its first pair of orders."""
    return {"schema": HEAT_SCHEMA, **msgspec.to_builtins(head), "heat": msgspec.to_builtins(report) if report else None}


def heat_sheet(head: StudyHead, report: HeatReport | None) -> Sheet:
    """The heat map as a page: a row a piece, most dollars a quality point at risk first."""
    title = heading(study_title("what each piece contributes", head))
    if report is None:
        why = tuple(caveat.sentence for caveat in head.caveats)
        going_on = "It ended before every piece had a value; run it again to go on with it."
        return title, Words((*(why or (going_on,)), bill(head)))
    return (
        title,
        Words((_frame(report),)),
        heat_grid(report),
        Words(tuple(_heat_notes(report)), "list"),
        Words((bill(head),)),
    )


def heat_grid(report: HeatReport) -> Grid:
    """One row a piece."""
    header = ("piece", "tokens", "of the prompt", "$ per 1,000 calls", "quality points", "95% interval", "$ per point")
    rows = tuple(
        (
            named(row),
            f"{row.tokens:,}",
            spell.percent(row.share),
            spell.usd(row.usd_per_1000),
            spell.points(row.points),
            spell.points_interval(row.interval),
            "nothing seen at risk" if row.usd_per_point is None else spell.usd(row.usd_per_point),
        )
        for row in report.rows
    )
    return Grid(header, rows)


def _frame(report: HeatReport) -> str:
    every, none = (spell.percent(value) for value in (report.quality_all, report.quality_none))
    return f"With every piece the mean score is {every}, with none {none}; what lies between is shared out below."


def _heat_notes(report: HeatReport) -> Iterator[str]:
    again = f", {report.recalled} of them from an earlier map" if report.recalled else ""
    yield (
        f"{report.evaluated} of {report.planned} sets of pieces on the same {report.items} samples{again}; Shapley "
        f"values over {report.orders} orders, every second one the reverse of the one before"
    )
    between = "and over the orders" if report.orders > 2 else "alone"
    yield f"intervals: over the samples {between}; never narrower than what so few samples leave possible"
    yield "a low value is a hint where to cut, no verdict: test the cut, or let the search find it"
