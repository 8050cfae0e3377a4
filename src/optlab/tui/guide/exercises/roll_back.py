"""Roll back: take exactly that back which was judged."""

from optlab.core.verdict import CardWord
from optlab.levers import BY_NAME as LEVERS
from optlab.render.format import percent
from optlab.tui.guide.exercise import Exercise, Look, Moment, RolledBack, card_alone, of_report, verdict

LEVER = LEVERS["max_tokens"].spec.title


def _look(moment: Moment) -> Look | None:
    if isinstance(moment, RolledBack):
        figures = tuple(verdict(card) for card in moment.report.cards)
        return of_report(moment.report, (*figures, f"u took it back to {moment.to}."))
    found = card_alone(moment)
    if found is None:
        return None
    report, card = found
    if card.verdict is CardWord.ADOPT:
        return None
    return of_report(report, (verdict(card),), "Judged, and not taken back: go to the lab (f2) and press u.")


def _by_chance(lost: int) -> float:
    """McNemar's exact two-sided p of so many lost answers and none won."""
    return min(1.0, 2 * 0.5**lost)


def _lessons() -> tuple[str, ...]:
    return (
        "Rolling back needs a state to go back to: prompt and levers as they were measured. The lab keeps the last "
        "one that a card said ADOPT of, and the scenario as it was loaded.",
        f"“Fewer answers pass” may be chance: 3 lost and none won happen in {percent(_by_chance(3))} of cases where "
        f"nothing changed, 6 lost in {percent(_by_chance(6))}. The first row of the decision table tests it.",
        "A guard may overrule a saving: where more answers are cut than allowed, a lower bill makes no ADOPT.",
        "Better answers at a loss of speed stay ROLL BACK on a card: whether they are worth it is your decision, not a "
        "measurement.",
        "Go back by one setup, not by memory: undoing “the last edit” is not undoing what was measured.",
    )


ROLL_BACK = Exercise(
    name="roll_back",
    title="Roll back",
    scenario="essay",
    todo=(
        "A limit of half an essay: cheaper and faster at once. It looks like a win.",
        "Guess first: what will the card say?",
        f"Then measure with {LEVER} pulled alone, and read the card.",
        "Go to the lab (f2) and press u: prompt and levers go back to the state that was adopted last, and where "
        "none was, to the scenario as it was loaded.",
    ),
    goal="A setup on the desk was judged by a card, and u took exactly that one back.",
    rule="“Faster and cheaper: ship it.”",
    lessons=_lessons,
    look=_look,
    levers=("max_tokens",),
)
