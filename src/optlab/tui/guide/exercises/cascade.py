"""Build a cascade and measure its escalation: what small model and judge leave of the saving."""

from optlab.core.commands import StudyCascade
from optlab.core.experiment import LeverChoice
from optlab.core.study_events import CascadeStudied
from optlab.levers import complete
from optlab.render.cascade import rule_of_thumb, verdict
from optlab.render.format import percent, saving_interval
from optlab.tui.desk import Desk
from optlab.tui.guide.exercise import Exercise, Look, Moment, of_study
from optlab.tui.guide.facts import load_name, price_share

PAIRS = (("claude-haiku-4-5-20251001", "claude-sonnet-4-6"), ("claude-haiku-5-5", "claude-sonnet-5-5"))
"""Small and big models whose prices are compared: the module's, and newer ones."""
EASY, PROMISED = 0.8, 0.7
"""The rule of thumb: so many are easy, and so much is saved."""


def _study(desk: Desk) -> StudyCascade:
    return StudyCascade(desk.source, lever=complete(LeverChoice("cascade"), desk.scenario))


def _look(moment: Moment) -> Look | None:
    if not isinstance(moment, CascadeStudied):
        return None
    figures, live = moment.report.figures, moment.live
    if figures.escalation.value is None or not figures.n:
        return of_study(moment, (), "No item was asked to the end, so no escalation rate is known.")
    words = [
        f"{live.small} drafts and {live.judge} judges for {live.big}, {figures.n} items: "
        f"{percent(figures.escalation.value)} escalate ({saving_interval(figures.escalation.interval)}).",
        verdict(moment.report),
    ]
    if moment.report.measured is not None:
        words.append(f"{rule_of_thumb(moment.report.measured)}.")
    if figures.false_pass.value is not None:
        words.append(
            f"Of wrong drafts the judge let {percent(figures.false_pass.value)} pass "
            f"({saving_interval(figures.false_pass.interval)})."
        )
    return of_study(moment, tuple(words))


def _lessons() -> tuple[str, ...]:
    found = []
    for small, big in PAIRS:
        share = price_share(small, big)
        saved = 1 - share - (1 - EASY)
        found.append(
            f"By list price of output {load_name(small)} costs {percent(share)} of {load_name(big)}: even with a free "
            f"judge a cascade saves {percent(saved)} at {percent(1 - EASY)} escalated, and nothing from "
            f"{percent(1 - share)} escalated on."
        )
    return (
        *found,
        f"To save {percent(PROMISED)} at {percent(1 - EASY)} escalated, small model and judge together may cost "
        f"{percent(EASY - PROMISED)} of the big one.",
        "The judge reads prompt, question and draft again: the longer the prompt, the sooner nothing is saved.",
        "What loses quality is the judge that lets wrong drafts pass. Only checks, labels or the big model's own "
        "answers show it; an evasive answer is easily caught, a confident error is not.",
        "An escalated answer waits for three calls in a row. Once a tenth escalates, the p90 is theirs.",
        "Models with another tokenizer count the same text otherwise: compare bills, not prices.",
    )


CASCADE = Exercise(
    name="cascade",
    title="Build a cascade",
    scenario="support_desk",
    todo=(
        "Four in five questions are answered by one sentence of the facts, one in five is a bill to work out. A small "
        "model drafts, a hidden judge looks, and what does not pass goes to the big model. All calls are billed.",
        "Guess first: how many escalate, and what is saved?",
        "Then measure. Every item is answered by the small and the big model and judged once, so that every "
        "threshold of the judge can be replayed without a call.",
        "Read the escalation rate beside the break-even rate, and the false PASS beside the accuracy.",
    ),
    goal="The escalation rate of a cascade is measured, on this scenario or on yours.",
    rule="“80% of questions are easy, so a cascade saves 70%; above 30% escalated run the big model.”",
    lessons=_lessons,
    look=_look,
    study=_study,
    kind="cascade",
)
