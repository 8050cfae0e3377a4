"""What a study of a cascade found, as rows of text, one plain sentence, and one JSON object."""

from typing import Any

import msgspec

from optlab.core.cascade_report import (
    KEPT,
    CascadeFigures,
    CascadeLive,
    CascadeReport,
    Chosen,
    Estimated,
    Ratios,
)
from optlab.core.metrics import BY_NAME
from optlab.core.report import Distribution, Figure
from optlab.core.study import StudyHead
from optlab.core.verdict import Interval
from optlab.render import format as spell
from optlab.render.sheet import Sheet, Words, heading
from optlab.render.study import bill, caveats, study_title
from optlab.render.tables import Grid

KEYS = ("escalation", "accuracy", "big_accuracy", "break_even", "saving", "false_pass", "false_fail")
RULE_SAVING, RULE_STOP = 0.70, 0.30
"""The rule of thumb: a fifth escalated saves this much; above that rate, run the big model alone."""

_QUALITY = {
    "better": "and it answers better than the big model alone",
    "non-inferior": "and a loss of more than {margin} is excluded",
    "worse": "but it answers worse than the big model alone, by {loss}",
    "inconclusive": "but a loss of more than {margin} is not excluded ({loss} so far)",
}


NOTHING_SENT = "0 calls, $0: everything comes from the stored outcomes."


def outcomes_sheet(file: str, report: CascadeReport) -> Sheet:
    """The page of stored outcomes."""
    return (
        heading(f"{spell.line(file)}: a cascade from {report.figures.n:,} stored outcomes"),
        *_findings(report),
        Words((NOTHING_SENT,)),
    )


def study_sheet(head: StudyHead, report: CascadeReport, live: CascadeLive) -> Sheet:
    """The page of a live study."""
    return (
        heading(study_title("a cascade", head)),
        *_findings(report),
        *((waiting_grid(live),) if live.waiting.small else ()),
        *caveats(head),
        Words((*((f"test it: {live.command}",) if live.command else ()), bill(head))),
    )


def _findings(report: CascadeReport) -> Sheet:
    if report.figures.n == 0:
        return (Words((verdict(report),)),)
    curve = curve_grid(report)
    chosen = chosen_line(report)
    return (
        Words((verdict(report),)),
        figures_grid(report),
        heading('Against the rule of thumb "80% easy saves 70%, stop above 30%"'),
        Words((rule_of_thumb(report.measured),) if report.measured else ()),
        ratios_grid(report),
        *((heading("Thresholds, replayed on the stored answers"), curve) if curve else ()),
        Words((chosen,) if chosen else ()),
    )


def verdict(report: CascadeReport) -> str:
    """One plain sentence: does it save, what does it do to the answers, is it worth it."""
    figures = report.figures
    if figures.saving.value is None:
        return "Nothing can be said: no item has both a small and a big answer that costs something."
    bounds = spell.saving_interval(figures.saving.interval)
    rates = f"{spell.percent(figures.escalation.value)} escalate, break-even {spell.percent(figures.break_even.value)}"
    if figures.money == "costs more":
        more = spell.percent(-figures.saving.value)
        return f"Not worth it: the cascade costs {more} more than the big model alone (saving {bounds}; {rates})."
    loss = spell.points(figures.difference.value)
    margin = spell.points(report.margin).lstrip("+")
    quality = _QUALITY[figures.quality].format(margin=margin, loss=loss)
    if figures.money == "undecided":
        saved = f"Whether it saves is not yet known: {spell.percent(figures.saving.value)} so far, {bounds} possible"
        return f"{saved} ({rates}), {quality}."
    worth = {"worse": "Not worth it", "inconclusive": "Not yet known to be worth it"}.get(
        figures.quality, "Worth a test"
    )
    return f"{worth}: the cascade saves {spell.percent(figures.saving.value)} ({bounds}; {rates}), {quality}."


def rule_of_thumb(found: Ratios) -> str:
    """What measured shares say to "80% easy saves 70%; above 30% escalation run the big model"."""
    half = f"20% escalated saves {spell.percent(found.saving)} here, not {spell.percent(RULE_SAVING)}"
    if found.saving >= RULE_SAVING:
        half = (
            f"20% escalated saves {spell.percent(found.saving)} here, so the rule's {spell.percent(RULE_SAVING)} holds"
        )
    if found.break_even <= 0.0:
        return f"{half}; no escalation rate pays, as small model and judge cost as much as the big model"
    free = spell.percent(1.0 - found.small_share)
    stop = f"it pays up to {spell.percent(found.break_even)} escalated, not {spell.percent(RULE_STOP)}"
    if abs(found.break_even - RULE_STOP) < 0.05:
        stop = f"it pays up to {spell.percent(found.break_even)} escalated, much as the rule says"
    return f"{half}; {stop}; with a free judge and nothing escalated it would save {free}"


def figures_grid(report: CascadeReport) -> Grid:
    """The rates with their intervals."""
    f = report.figures
    rows = [
        ("escalated", f.escalation, "what the judge did not let pass"),
        ("break-even", f.break_even, "escalation rate at which nothing is saved"),
        ("saving", f.saving, "against always asking the big model, sums of the bills"),
        ("accuracy, cascade", f.accuracy, ""),
        ("accuracy, big model alone", f.big_accuracy, ""),
        ("false PASS", f.false_pass, "P(PASS | small wrong)"),
        ("false FAIL", f.false_fail, "P(FAIL | small right)"),
    ]
    cells = [(name, *_cells(found), words) for name, found, words in rows]
    low, high = f.difference.interval.low, f.difference.interval.high
    between = f"{spell.points(low)} to {spell.points(high)}" if f.difference.value is not None else "open"
    cells.insert(5, ("difference", spell.points(f.difference.value), between, "cascade minus big model, same items"))
    return Grid(("", "", "95% interval", ""), tuple(cells))


def _cells(found: Estimated) -> tuple[str, str]:
    if found.value is None:
        return "not defined", "open"
    return spell.percent(found.value), spell.saving_interval(found.interval)


def curve_grid(report: CascadeReport) -> Grid | None:
    """Cost against quality over thresholds; None without scores."""
    if report.curve is None:
        return None
    rows = [
        (str(p.threshold), spell.percent(p.escalation), spell.percent(p.saving), spell.percent(p.accuracy))
        for p in report.curve.points
    ]
    return Grid(("threshold", "escalated", "saving", "accuracy"), tuple(rows))


def chosen_line(report: CascadeReport) -> str:
    """The threshold chosen on one half, and what it did on the other, or why none was; empty without scores."""
    if report.curve is None:
        return ""
    chosen = report.curve.chosen
    if chosen is None:
        reason = report.curve.reason
        return f"{reason[:1].upper()}{reason[1:]}."
    f: CascadeFigures = chosen.figures
    what = "With nothing escalated" if chosen.alone else f"Threshold {chosen.threshold}"
    rates = "" if chosen.alone else f"{spell.percent(f.escalation.value)} escalated, "
    return (
        f"{what}, chosen on {chosen.chosen_on} items; on the other {f.n}: "
        f"{rates}saving {spell.percent(f.saving.value)} "
        f"({spell.saving_interval(f.saving.interval)}), accuracy {spell.points(f.difference.value)} against the big "
        f"model alone{_holds(chosen, report.margin)}."
    )


def _holds(chosen: Chosen, margin: float) -> str:
    """What follows from the half that had no say in the choice."""
    loss = f"a loss of more than {spell.points(margin).lstrip('+')}"
    if chosen.figures.quality not in KEPT:
        return f"; {loss} is not excluded there, so this is not recommended"
    if chosen.figures.money != "saves":
        return "; that it saves is not shown there, so this is not recommended"
    if chosen.alone:
        return f", and {loss} is excluded there too: then the small model alone does it, without a judge: smaller_model"
    return f", and {loss} is excluded there too"


def ratios_grid(report: CascadeReport) -> Grid:
    """What small model and judge cost as shares of the big one, and what 20% escalation would save."""
    rows = [*((report.measured,) if report.measured else ()), *report.priced]
    cells = [
        (
            row.what,
            spell.percent(row.small_share),
            spell.percent(row.judge_share),
            spell.percent(row.break_even),
            spell.percent(row.saving),
        )
        for row in rows
    ]
    return Grid(("calls", "small / big", "judge / big", "break-even", "saving at 20%"), tuple(cells))


def waiting_grid(live: CascadeLive) -> Grid:
    """Seconds of each call, of the three in series, and of the cascade's answers."""
    w = live.waiting
    rows = (
        (f"small model, {live.small}", w.small),
        (f"judge, {live.judge}", w.judge),
        (f"big model, {live.big}", w.big),
        ("escalated: all three in series", w.escalated),
        ("the cascade, passed and escalated", w.cascade),
    )
    return Grid(("waiting", "n", "p50", "p90"), tuple((name, *_waits(found)) for name, found in rows))


def _waits(found: Distribution | None) -> tuple[str, str, str]:
    if found is None:
        return "0", "absent", "absent"
    metric = BY_NAME["e2e"]
    return str(found.n), spell.median(found, metric), spell.tail(found, metric, "p90")


def figures_object(report: CascadeReport) -> dict[str, Any]:
    """The JSON of outcomes: fractions, intervals as [low, high] with null for an open end; a curve where scores are."""
    figures = report.figures
    found: dict[str, Any] = {"n": figures.n}
    found |= {key: getattr(figures, key).value for key in KEYS}
    found["intervals"] = {key: _ends(getattr(figures, key)) for key in KEYS}
    if report.curve is not None:
        found["curve"] = [msgspec.to_builtins(point) for point in report.curve.points]
        chosen = report.curve.chosen
        if chosen is not None:
            other = figures_object(CascadeReport(chosen.figures, report.margin))
            found["chosen"] = {
                "threshold": chosen.threshold,
                "chosen_on": chosen.chosen_on,
                "other_half": other,
                "small_alone": chosen.alone,
                "holds": chosen.holds,
            }
        else:
            found["chosen"] = None
            found["chosen_reason"] = report.curve.reason
    return found


def study_object(head: StudyHead, report: CascadeReport, live: CascadeLive) -> dict[str, Any]:
    """The JSON of a live study: that of outcomes, the difference to the big model, prices, waiting, and the cost."""
    difference = report.figures.difference
    waiting = {name: getattr(live.waiting, name) for name in live.waiting.__struct_fields__}
    return {
        **figures_object(report),
        **msgspec.to_builtins(head),
        "difference": {"value": difference.value, "interval": _ends(difference)},
        "quality": report.figures.quality,
        "money": report.figures.money,
        "verdict": verdict(report),
        **{name: getattr(live, name) for name in ("small", "judge", "big", "threshold", "basis", "audited", "passed")},
        "left_out": live.left_out,
        "unreadable_verdicts": live.unreadable,
        "ratios": [msgspec.to_builtins(r) for r in ((report.measured,) if report.measured else ()) + report.priced],
        "waiting_ms": {name: _milliseconds(found) for name, found in waiting.items()},
        "command": live.command or None,
    }


def _milliseconds(found: Distribution | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "n": found.n,
        **{name: _ms(getattr(found, name)) for name in ("p50", "p90")},
        **{
            f"{name}_interval": [_ms(end) for end in _bounds(getattr(found, f"{name}_interval"))]
            for name in ("p50", "p90")
        },
    }


def _ms(seconds: Figure) -> Figure:
    return seconds * 1000 if isinstance(seconds, float) else seconds


def _bounds(interval: Interval) -> tuple[float | None, float | None]:
    return interval.low, interval.high


def _ends(found: Estimated) -> list[float | None]:
    return list(_bounds(found.interval))
