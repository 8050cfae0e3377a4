"""Trim a third of a prompt, and prove on samples that no test saw that nothing is lost."""

from optlab.core.commands import FindCuts
from optlab.core.study_events import CutsFound, CutTested
from optlab.core.trim_report import Saving
from optlab.core.verdict import Card, Quality
from optlab.render.format import fine_percent_up, percent, usd
from optlab.tui.desk import Desk
from optlab.tui.guide.exercise import Exercise, Look, Moment, of_study, verdict
from optlab.tui.guide.facts import read_prices, still_possible

THIRD = 1 / 3
KEPT = ("non-inferior", "better")


def _study(desk: Desk) -> FindCuts:
    return FindCuts(desk.source, goal="third")


def _look(moment: Moment) -> Look | None:
    if isinstance(moment, CutsFound):
        report = moment.report
        figures = (
            _cut(report.saving),
            f"Searched with {report.search_calls:,} calls on {report.search_items} samples, held out "
            f"{report.held_out}.",
            *_card(report.card_of_prompt),
        )
        return of_study(moment, figures, _missing(report.saving, report.verified))
    if isinstance(moment, CutTested) and moment.report is not None:
        tested = moment.report
        return of_study(
            moment, (_cut(tested.saving), *_card(tested.card)), _missing(tested.saving, _held(tested.quality))
        )
    return None


def _share(saving: Saving) -> float:
    return 1 - saving.tokens_after / saving.tokens_before if saving.tokens_before else 0.0


def _cut(saving: Saving) -> str:
    return (
        f"{percent(_share(saving))} cut: about {saving.tokens_before:,} tokens become {saving.tokens_after:,} "
        f"(estimated), {usd(1000 * saving.usd_per_call)} less for 1,000 calls without a cache."
    )


def _card(card: Card | None) -> tuple[str, ...]:
    return (verdict(card),) if card is not None else ()


def _held(quality: Quality | None) -> bool:
    return quality is not None and quality.verdict in KEPT


def _missing(saving: Saving, verified: bool) -> str:
    if _share(saving) < THIRD:
        return "Less than a third is cut."
    return "" if verified else "That the answers are as good is not verified."


def _lessons() -> tuple[str, ...]:
    return (
        "“Did the answers change?” and “did they get worse?” are two questions. Two answers of the very same prompt "
        "differ too; that is the yardstick of the first. The second needs a check.",
        f"No loss in 10 answers still allows a loss of {fine_percent_up(still_possible(10))}, none in 60 one of "
        f"{fine_percent_up(still_possible(60))}. So a search proposes, and held-out samples decide.",
        f"A token cut from a cached prefix saves only what a read costs: {read_prices()}. Cut what stands behind it "
        "first.",
        "A cut that takes a cached prefix below the model's minimum makes it dearer: then all of it is paid in full.",
        "Output is dearer than input: a sentence that makes answers long costs more than its own tokens.",
    )


TRIM_THIRD = Exercise(
    name="trim_third",
    title="Trim a third",
    scenario="trim_bench",
    todo=(
        "Sixteen pieces of a handbook stand before every question. Some of them no customer ever needs.",
        "Guess first, in the Trim place (f3): which pieces can go?",
        "Then measure: the search cuts pieces, asks the samples of one half whether anything is lost, stops at a third "
        "and verifies the cut on the other half. Cutting by hand in Trim and testing it (t) counts as well.",
        "a in Trim applies what was found; u takes it back.",
    ),
    goal="A third or more of the prompt is cut, and a loss of the scenario's margin is excluded.",
    rule="“Trim a third: the answers look the same, so nothing is lost.”",
    lessons=_lessons,
    look=_look,
    study=_study,
    kind="trim",
)
