"""Change one thing: one lever, one metric, one word."""

from optlab.core.verdict import CardWord
from optlab.render.format import percent, saving_interval
from optlab.tui.guide.exercise import Exercise, Look, Moment, card_alone, of_report, verdict
from optlab.tui.guide.facts import batch, families, load_name, per_million, steep, thinkers

SMALL, BIG = "claude-haiku-4-5-20251001", "claude-sonnet-4-6"
NULL_LEVERS = 5
TODO = (
    "Reading invoices into JSON, a small model in the place of the big one, and nothing else changed: not the "
    "prompt, not the limit, no second lever.",
    "Guess first: does the small model read as exactly, and what does it save?",
    "Then measure with Smaller model pulled alone. Every invoice is read by both, and every field is checked.",
    "Do the same on the scenario tickets and compare: what holds for one prompt holds for that prompt.",
)


def _look(moment: Moment) -> Look | None:
    found = card_alone(moment)
    if found is None:
        return None
    report, card = found
    figures = (
        f"One lever, {report.variants[1].levers[0]}, on {report.variants[0].model}.",
        verdict(card),
        f"Saving {percent(card.primary.estimate)} ({saving_interval(card.primary.interval)}), {card.primary.seen} "
        f"{card.primary.unit}; answers: {card.quality.verdict}.",
    )
    final = card.verdict is not CardWord.NOT_YET_KNOWN
    return of_report(report, figures, "" if final else f"The card says NOT YET KNOWN. {card.needs}".rstrip())


def _lessons() -> tuple[str, ...]:
    old, new = families(" ".join(TODO))
    return (
        "A lever that does nothing looks better half of the time. Of "
        f"{NULL_LEVERS} such levers one does in {percent(1 - 0.5**NULL_LEVERS)} of cases: “better, so keep it” keeps "
        "noise. Keep what is proven, at an error rate that was said before.",
        f"A smaller model is mostly cheaper: {load_name(SMALL)} takes {per_million(SMALL)}, {load_name(BIG)} "
        f"{per_million(BIG)}. But prices are per token, and tokens differ: the text of this exercise has {old} in the "
        f"older tokenizer and {new} in the newer one (estimated), {percent(new / old - 1)} more.",
        f"And a small model that thinks unasked bills its thinking as output. Unasked think: {thinkers()}.",
        *([f"Long prompts can be priced anew: {steep()}."] if steep() else []),
        f"A batch costs {batch()} of the price on every answer and needs no verdict on the bill; it says nothing of "
        "waiting, which may be hours.",
        "Two levers at once cannot tell which of them did it. For many at once there is a design: optlab screen.",
    )


ONE_THING = Exercise(
    name="one_thing",
    title="Change one thing",
    scenario="invoices",
    todo=TODO,
    goal="A final word (ADOPT, ROLL BACK or NOISE) on one lever alone, whichever and wherever.",
    rule="“Better p90 or cost: keep it. A smaller model is always cheaper.”",
    lessons=_lessons,
    look=_look,
    levers=("smaller_model",),
)
