"""Stream: what the person waits for becomes shorter, and nothing else does."""

from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.verdict import CardWord
from optlab.render.format import median, seconds
from optlab.tui.guide.exercise import Exercise, Look, Moment, card_alone, of_report, verdict
from optlab.tui.guide.facts import load_name, seconds_to_write, thinkers

MODEL, ANSWER = "claude-sonnet-4-6", 600
"""The scenario's model and its limit on answers, in tokens."""


def _look(moment: Moment) -> Look | None:
    found = card_alone(moment, "streaming")
    if found is None:
        return None
    report, card = found
    figures = [verdict(card)]
    for name in ("first_visible", "e2e"):
        both = [v.metrics[name] for v in report.variants if name in v.metrics]
        if len(both) == 2:
            plain, streamed = (median(one, METRICS[name]) for one in both)
            title = {"first_visible": "First text", "e2e": "Whole answer"}[name]
            figures.append(f"{title}, p50 of {report.pairs} pairs: {plain} plain, {streamed} streamed.")
    missing = "" if card.verdict is CardWord.ADOPT else f"The card says {card.verdict.value}, not ADOPT."
    return of_report(report, tuple(figures), missing)


def _lessons() -> tuple[str, ...]:
    return (
        "The first text comes sooner, the last does not: the same tokens are written at the same speed, and the bill "
        "is the same.",
        f"What is gained is about the time the answer takes to be written: {seconds(seconds_to_write(MODEL, ANSWER))} "
        f"for {ANSWER} tokens on {load_name(MODEL)} by the catalogue, nothing for an answer of one word.",
        f"These models think unasked, and while they do nothing is to be read, streamed or not: {thinkers()}.",
        "A stream may end in the middle without any error. The lab counts an answer without its end as failed.",
        "A delta is a chunk of several tokens: the time between two of them is not the time per token.",
    )


STREAM = Exercise(
    name="stream",
    title="Stream",
    scenario="essay",
    todo=(
        "Six paragraphs take many seconds to write, and a person looks at nothing until they are all there.",
        "Guess first: how much sooner is there something to read, and how much sooner is it all there?",
        "Race it in the lab (f2, then s) to feel it. Then measure with Streaming pulled alone.",
        "Look at both figures: the first text, and the whole answer.",
    ),
    goal="A card says ADOPT for streaming alone.",
    rule="“Streaming makes answers faster.”",
    lessons=_lessons,
    look=_look,
    levers=("streaming",),
)
