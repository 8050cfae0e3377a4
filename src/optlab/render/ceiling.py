"""Lengths of answers and limits on them, in words, as rows and as bars."""

from typing import Any

import msgspec

from optlab.core.ceiling_report import CapName, CapRow, CeilingReport
from optlab.core.study import StudyHead
from optlab.render import format as spell
from optlab.render.charts.cost import bar
from optlab.render.sheet import Sheet, Words, heading
from optlab.render.study import bill, study_title
from optlab.render.tables import Grid

SCHEMA = "optlab.ceiling/1"
BAR_COLUMNS = 40
NO_ANSWER = "No answer came, so there is nothing to tell of lengths."

_NAMES: dict[CapName, str] = {
    "proven": "proven for this risk",
    "largest": "longest answer",
    "module": "rule of thumb, 1.2 x p90",
    "present": "in force",
}


def ceiling_object(report: CeilingReport | None, head: StudyHead | None = None) -> dict[str, Any]:
    """The report as plain values, with the sentences a person reads; with a head where something was measured for it.

    Where no answer came, what was measured is told and what would have been found is not there.
    """
    measured = msgspec.to_builtins(head) if head else {"calls": 0, "cost_usd": 0.0}
    if report is None:
        return {"schema": SCHEMA, **measured, "sentence": NO_ANSWER}
    found = {"sentence": sentence(report), **msgspec.to_builtins(report), "notes": notes(report)}
    return {"schema": SCHEMA, **measured, **found}


def ceiling_sheet(report: CeilingReport | None, head: StudyHead | None = None) -> Sheet:
    """The report as a page. Without a head it is about a file, and nothing was sent for it."""
    paid = bill(head) if head else "0 calls, $0"
    if report is None:
        return heading(study_title("max_tokens", head) if head else "max_tokens"), Words((NO_ANSWER, paid))
    caveats = tuple(caveat.sentence for caveat in head.caveats) if head else ()
    return (
        heading(_title(report, head)),
        Words((sentence(report),)),
        caps_grid(report),
        Words(tuple(histogram(report)), "drawing"),
        Words((*notes(report), *caveats), "list"),
        Words((*((f"test it: {report.command}",) if report.command else ()), paid)),
    )


def _title(report: CeilingReport, head: StudyHead | None) -> str:
    """What was looked at."""
    what = study_title("max_tokens", head) if head else f"{spell.line(report.source)}: max_tokens"
    return f"{what} · {report.answers:,} {'answer' if report.answers == 1 else 'answers'}"


def sentence(report: CeilingReport) -> str:
    """What the sample proves, and plainly where a limit is of no use."""
    n, share = report.answers, spell.asked_percent(report.epsilon)
    proven = report.row("proven")
    if proven is not None:
        held = report.present_cap is not None and report.present_cap <= proven.cap
        lower = f"; the limit in force, {report.present_cap:,}, is no higher" if held else ""
        return (
            f"A cap of {proven.cap:,} tokens cuts at most {share} of answers ({proven.cut} of {n:,} here){lower}. "
            f"{_use(proven)}"
        )
    if report.censored:
        present = report.row("present") or report.row("largest")
        assert present is not None
        return (
            f"{report.censored} of {n:,} answers ended at their limit, so nobody saw how long they are: no cap at or "
            f"below that can be recommended, and that limit may cut up to {spell.fine_percent_up(present.bound)} of "
            "answers; raise max_tokens and measure again."
        )
    largest = report.row("largest")
    assert largest is not None
    return (
        f"{n:,} {'answer proves' if n == 1 else 'answers prove'} no cap for {share}: one at the longest, "
        f"{largest.cap:,}, may cut up to {spell.fine_percent_up(largest.bound)}; {report.answers_needed:,} answers "
        "would do. No answer here is longer, so such a cap cannot speed this up."
    )


def _use(proven: CapRow) -> str:
    if not proven.cut:
        return (
            "No answer reaches beyond it, so a cap cannot speed this up or save anything: it only bounds the answer "
            "that runs away. Shorter answers come from the prompt."
        )
    return (
        f"All it saves is the text it cuts off, {spell.fine_percent(proven.saved_share)} of the output tokens; every "
        "other answer is as long and as slow as before."
    )


def notes(report: CeilingReport) -> list[str]:
    """What to know beside it."""
    found = []
    module = report.row("module")
    if module is not None:
        found.append(
            f"the rule of thumb 1.2 x p90 gives {module.cap:,}, which may cut up to "
            f"{spell.fine_percent_up(module.bound)} ({module.cut} of {report.answers:,} here)"
        )
    if report.censored and report.recommended is not None:
        found.append(
            f"{report.censored} answers ended at their limit; how long they would have been nobody saw, so they count "
            "as cut by every cap"
        )
    if report.thinking:
        found.append("these lengths hold the model's thinking, and so must the cap: max_tokens limits both together")
    if report.items is not None and report.items < report.answers:
        what = "one prompt" if report.items == 1 else f"{report.items:,} inputs"
        found.append(f"the answers are to {what}, asked repeatedly: the risk is theirs, not that of new inputs")
    return found


def caps_grid(report: CeilingReport) -> Grid:
    """One row a limit: what it cuts here, at most, and what that saves."""
    priced = any(row.saved_usd_per_1000 is not None for row in report.rows)
    header = (
        "max_tokens",
        "",
        "cut here",
        "at most (95%)",
        "output saved",
        *(("per 1,000 answers",) if priced else ()),
    )
    return Grid(
        header,
        tuple(
            (
                f"{row.cap:,}",
                _NAMES[row.name],
                f"{row.cut:,} of {report.answers:,}",
                spell.fine_percent_up(row.bound),
                spell.fine_percent(row.saved_share),
                *((spell.usd(row.saved_usd_per_1000),) if priced else ()),
            )
            for row in report.rows
        ),
    )


def histogram(report: CeilingReport) -> list[str]:
    """How long answers are: a bar a bin, the recommended limit and cut answers named beside theirs."""
    highest = max(found.count for found in report.bins)
    label = max(len(f"{found.low:,}–{found.high:,}") for found in report.bins)
    lines = []
    for found in report.bins:
        marks = [f"{found.censored} cut"] if found.censored else []
        if report.recommended is not None and found.low <= report.recommended <= found.high:
            marks.append(f"cap {report.recommended:,}")
        beside = f"  ← {', '.join(marks)}" if marks else ""
        span = f"{found.low:,}–{found.high:,}".rjust(label)
        lines.append(f"{span} {bar(found.count / highest, BAR_COLUMNS)} {found.count:,}{beside}")
    return lines
