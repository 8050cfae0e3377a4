"""A screening in words and tables: what each lever did, what levers did together, and the verdict on the winner."""

from collections.abc import Iterator
from typing import Any

import msgspec

from optlab.core.metrics import BY_NAME
from optlab.core.screen_report import LeverEffect, PairEffect, ScreenReport, ScreenRow
from optlab.core.study import StudyHead
from optlab.render import format as spell
from optlab.render.report_json import report_object
from optlab.render.sheet import Sheet, Words, heading
from optlab.render.study import bill, study_title
from optlab.render.tables import Grid

SCHEMA = "optlab.screen/1"


def screen_object(head: StudyHead, report: ScreenReport | None) -> dict[str, Any]:
    """The screening as plain values; the confirmation is a report of its own."""
    found = msgspec.to_builtins(report) if report else None
    if report is not None and found is not None:
        for effect in found["effects"]:
            effect["interval"] = [effect["interval"]["low"], effect["interval"]["high"]]
        found["confirmation"] = report.confirmation and report_object(report.confirmation)
    return {"schema": SCHEMA, **msgspec.to_builtins(head), "screen": found}


def screen_sheet(head: StudyHead, report: ScreenReport | None) -> Sheet:
    """The screening as a page."""
    if report is None:
        return heading(study_title("screening", head)), Words(
            ("It ended before its first block was whole.", bill(head))
        )
    return (
        heading(f"{study_title('screening', head)} · {len(report.rows)} combinations x {report.items} items"),
        effects_grid(report),
        Words(tuple(_together(report)), "list"),
        heading("Combinations that were run"),
        rows_grid(report),
        heading("Verdict on the winner"),
        Words(tuple(_chosen(report))),
        *(report.confirmation.cards if report.confirmation else ()),
        Words(tuple(_conditions(head, report)), "list"),
        Words((*((f"again: {report.command}",) if report.command else ()), bill(head))),
    )


def effects_grid(report: ScreenReport) -> Grid:
    """One row a lever: its saving with its interval, wrong answers on and off, and whether it was chosen."""
    judged = any(effect.judged for effect in report.effects)
    title = f"saving in {BY_NAME[report.primary].title}"
    header = ("lever", title, "95% interval", *(("wrong answers, on / off",) if judged else ()), "chosen")
    return Grid(header, tuple(_effect_row(effect, judged=judged) for effect in report.effects))


def _effect_row(effect: LeverEffect, *, judged: bool) -> tuple[str, ...]:
    wrong = f"{effect.wrong_on} / {effect.wrong_off} of {effect.judged}" if effect.judged else "–"
    word = f"{'yes' if effect.chosen else 'no'}, {effect.why}"
    figures = (spell.percent(effect.saving), spell.saving_interval(effect.interval))
    return (effect.lever, *figures, *((wrong,) if judged else ()), word)


def rows_grid(report: ScreenReport) -> Grid:
    """One row a combination, the baseline first."""
    metric = BY_NAME[report.primary]
    judged = any(row.judged for row in report.rows)
    failed = any(row.failed for row in report.rows)
    timed = metric.unit != "usd"
    header = (
        "levers on",
        *((f"{metric.title}, p50",) if timed else ()),
        "cost, mean",
        *(("passed",) if judged else ()),
        *(("failed",) if failed else ()),
    )

    def cells(row: ScreenRow) -> tuple[str, ...]:
        return (
            " + ".join(row.levers) or "none (baseline)",
            *((spell.figure("inf" if row.typical is None else row.typical, metric.unit),) if timed else ()),
            spell.usd(row.cost_usd),
            *((f"{row.passed} of {row.judged}",) if judged else ()),
            *((f"{row.failed} of {row.runs}",) if failed else ()),
        )

    return Grid(header, tuple(cells(row) for row in report.rows))


def _together(report: ScreenReport) -> Iterator[str]:
    clear = [found for found in report.pairs if found.clear]
    yield from (_pair(found) for found in clear)
    if report.pairs and not clear:
        pairs = sum(len(found.pairs) for found in report.pairs)
        aliased = sum(len(found.pairs) > 1 for found in report.pairs)
        told = f"; {aliased} contrasts hold several pairs, which these runs cannot tell apart" if aliased else ""
        yield f"no two levers clearly act on each other ({pairs} pairs in {len(report.pairs)} contrasts{told})"


def _pair(found: PairEffect) -> str:
    (one, other), *aliases = found.pairs
    more = "".join(f" or {a} with {b}" for a, b in aliases)
    doubt = f"; it may also be{more.removeprefix(' or')}, these runs cannot tell" if more else ""
    return (
        f"{one} and {other} act on each other: {one} saves {spell.percent(found.saving_without)} without {other} and "
        f"{spell.percent(found.saving_with)} with it{doubt}"
    )


def _chosen(report: ScreenReport) -> Iterator[str]:
    if not report.chosen:
        yield "No lever helps: keep the baseline. There is nothing to confirm."
        return
    levers = " + ".join(report.chosen)
    yield (
        f"Chosen: {levers}. Its effects add up to {spell.percent(report.predicted)}, which is too good on average: it "
        "was picked for them."
    )
    if report.confirmation is None:
        yield "It was not confirmed: nothing of the budget was left, or the study was stopped."


def _conditions(head: StudyHead, report: ScreenReport) -> Iterator[str]:
    yield (
        f"{report.screen_runs} runs judge every lever at once; one lever at a time, with a shared baseline, takes "
        f"{report.one_at_a_time} for intervals as narrow"
    )
    yield (
        "intervals: jackknife over the items; what a lever does to single items counts, other prompts and hours do not"
    )
    if report.confirmation is not None:
        fresh = "inputs that the screening had not seen" if report.fresh_items else "the same inputs, asked anew"
        yield f"the verdict rests on {fresh}"
    if report.caching:
        rate = f"its cost is weighted for {report.rate_per_minute:g} calls a minute" if report.rate_per_minute else ""
        waits = "waiting is that of a warm cache" if report.primary != "cost_usd" else ""
        yield (
            "caching carries over from call to call: every combination has cache entries of its own and is measured "
            f"warm; {' and '.join(filter(None, (rate, waits)))}"
        )
    yield from (caveat.sentence for caveat in head.caveats)
    if report.confirmation is not None:
        told = {caveat.code for caveat in head.caveats} | {"p90_open", "p99_open"}  # no quantile is shown here
        yield from (f"verdict: {caveat.sentence}" for caveat in report.confirmation.caveats if caveat.code not in told)
