"""The decision table in words: what was measured, what it is expected to save and by which formula, what to try."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from optlab.core.advice_report import AdviceReport, AdviceRow, Quantity
from optlab.core.study import StudyHead
from optlab.render import format as spell
from optlab.render.sheet import Sheet, Words, heading
from optlab.render.study import bill
from optlab.render.tables import Grid

SCHEMA = "optlab.advice/1"
ASSUMED = "*"
_NAME = re.compile(r"\{(\w+)\}")


def advice_object(report: AdviceReport | None, head: StudyHead | None = None) -> dict[str, Any]:
    """The table as plain values, with its sentences filled in; with a head where something was measured for it."""
    rows = [] if report is None else [_row_object(row) for row in report.rows]
    return {
        "schema": SCHEMA,
        **(msgspec.to_builtins(head) if head else {"calls": 0, "cost_usd": 0.0}),
        "advice": report and {**msgspec.to_builtins(report), "rows": rows},
    }


def _row_object(row: AdviceRow) -> dict[str, Any]:
    return {**msgspec.to_builtins(row), "why": filled(row.why, row), "formula": filled(row.formula, row)}


def advice_sheet(report: AdviceReport | None, head: StudyHead | None = None) -> Sheet:
    """The table as a page. Without a head it is about a kept run, and nothing was sent for it."""
    paid = bill(head) if head else "0 calls, $0"
    if report is None:
        return heading("No answer came, so there is nothing to advise on."), Words((paid,))
    where = spell.provenance(report.provenance, report.sim_speed)
    look = f"{report.runs} {'answer' if report.runs == 1 else 'answers'} of the baseline · run {report.run_id}"
    wait = f", first text after {spell.seconds('inf' if report.wait_s is None else report.wait_s)}"
    return (
        heading(f"{spell.line(report.scenario)}: which lever first? · {where} · {look}"),
        Words((f"A call costs {spell.usd(report.cost_usd_per_call)} on average{wait}", _first(report))),
        rows_grid(report),
        Words(tuple(line for row in report.rows for line in _lines(row)), "list"),
        Words(tuple(caveat.sentence for caveat in head.caveats) if head else (), "list"),
        Words((f"{ASSUMED} assumed, not measured here", paid)),
    )


def rows_grid(report: AdviceReport) -> Grid:
    """One row a symptom: whether it holds, its lever, and what that is expected to save."""
    return Grid(
        ("symptom", "holds", "lever", "expected saving a call"),
        tuple((row.symptom, row.holds, row.lever, saving(row, report) or "–") for row in report.rows),
    )


def saving(row: AdviceRow, report: AdviceReport) -> str:
    """What a row's lever is expected to save: dollars with their share of the bill, or seconds."""
    if row.saving_usd is not None:
        bill_usd = report.cost_usd_per_call
        if row.saving_usd < 0:
            return f"none, {spell.usd(-row.saving_usd)} more"
        part = f" ({spell.percent(row.saving_usd / bill_usd)} of the bill)" if bill_usd else ""
        return f"{spell.usd(row.saving_usd)}{part}"
    return spell.seconds(row.saving_s) if row.saving_s is not None else ""


def _first(report: AdviceReport) -> str:
    row = next((row for row in report.rows if row.symptom == report.first), None)
    if row is None:
        return "No symptom of the table holds: there is nothing to pull for now."
    if row.symptom == "quality fell":
        return f"First: roll back what was changed. {_capital(filled(row.why, row))}."
    worth = f", for about {saving(row, report)} a call" if saving(row, report) else ""
    blocked = f"; but {row.blocked}" if row.blocked else ""
    return f"First: {row.lever}{worth}{blocked}. Test it: {row.command}"


def _lines(row: AdviceRow) -> Iterator[str]:
    """The row in full: figures, formula, what is in the way, the command."""
    parts = [f"{row.symptom}: {filled(row.why, row)}"]
    if row.formula:
        figure = _amount(row)
        parts.append(f"{row.lever} saves {figure} = {filled(row.formula, row)}")
    if row.blocked:
        parts.append(row.blocked)
    if row.command:
        parts.append(f"test: {row.command}" if row.holds != "no" and row.symptom != "quality fell" else row.command)
    yield "; ".join(parts)


def _amount(row: AdviceRow) -> str:
    if row.saving_usd is None:
        return spell.seconds(row.saving_s)
    return spell.usd(row.saving_usd) if row.saving_usd >= 0 else f"minus {spell.usd(-row.saving_usd)}"


def filled(text: str, row: AdviceRow) -> str:
    """The text with its quantities in place; assumed ones are marked."""
    by_name = {quantity.name: quantity for quantity in row.quantities}
    return _NAME.sub(lambda found: _spelled(by_name[found[1]]) if found[1] in by_name else found[0], text)


def _spelled(quantity: Quantity) -> str:
    mark = ASSUMED if quantity.assumed else ""
    value = quantity.value
    match quantity.unit:
        case "usd":
            return spell.usd(value) + mark
        case "usd_per_million":
            return f"{spell.usd(value)}/M tokens{mark}"
        case "s":
            return spell.seconds(value) + mark
        case "share":
            return spell.fine_percent(value) + mark
        case "tokens":
            return f"{value:,.0f} tokens{mark}"
        case "per_min":
            return f"{value:g} times a minute{mark}"
        case "per_s":
            return f"{value:,.0f} tokens/s{mark}"
        case "count":
            return f"{value:,.0f}{mark}"
        case "times":
            return f"{value:g}{mark}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
