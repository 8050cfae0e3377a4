"""Cache a stable prefix: what a mark saves, from how many tokens on, and in which traffic."""

from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.verdict import CardWord
from optlab.levers import BY_NAME as LEVERS
from optlab.render.format import median, percent, saving_interval
from optlab.tui.guide.exercise import Exercise, Look, Moment, card_alone, of_report, verdict
from optlab.tui.guide.facts import minimums, multipliers, read_prices, write_prices

MODEL = "claude-sonnet-4-6"
"""The scenario's own."""
LEVER = LEVERS["caching"].spec.title


def _look(moment: Moment) -> Look | None:
    found = card_alone(moment, "caching")
    if found is None:
        return None
    report, card = found
    plain, cached = report.variants
    figures = [
        verdict(card),
        f"Prompts of up to {cached.cache.largest_prompt_tokens:,} tokens; {percent(cached.cache.hit_rate)} of calls "
        "read the cache back to back.",
        f"Saving {percent(card.primary.estimate)} ({saving_interval(card.primary.interval)}), {card.primary.seen} "
        f"{card.primary.unit}{'; ' + card.primary.note if card.primary.note else ''}.",
    ]
    waits = [variant.metrics.get("first_visible") for variant in (plain, cached)]
    if waits[0] is not None and waits[1] is not None:
        before, after = (median(wait, METRICS["first_visible"]) for wait in waits if wait is not None)
        figures.append(f"First text, p50: {before} plain, {after} cached.")
    if not cached.cache.hit_rate:
        return of_report(report, tuple(figures), "No call read the cache: is the prefix long enough for this model?")
    missing = "" if card.verdict is CardWord.ADOPT else f"The card says {card.verdict.value}, not ADOPT."
    return of_report(report, tuple(figures), missing)


def _lessons() -> tuple[str, ...]:
    five, hour = write_prices()
    hits, times, back_to_back = multipliers(MODEL, 0.1)
    return (
        f"From how many tokens on a prefix is cached depends on the model: {minimums()}. A shorter one is no error: "
        "nothing is cached, and nobody says so.",
        f"A write costs {five} of the input price for five minutes, {hour} for an hour. A read costs {read_prices()}.",
        f"Ten calls back to back pay {back_to_back:.3g} of the input price for their prefix here. One call in ten "
        f"minutes finds the entry {percent(hits)} of the time and pays {times:.3g}. That is why a card without a "
        "declared rate stays NOT YET KNOWN.",
        "The answer cannot change, and the first text comes a little sooner only: on a short prompt that drowns in "
        "noise.",
        "A time stamp in front of the prefix spoils it all; the scenario clock_prefix shows that.",
    )


CACHE_PREFIX = Exercise(
    name="cache_prefix",
    title="Cache a stable prefix",
    scenario="support_rules",
    todo=(
        "The prompt begins with rules that never change; only the question behind them does. Caching marks the end of "
        "what is stable, and later calls read it instead of paying it in full.",
        "Guess first: which share of the bill does that save?",
        f"Then measure with {LEVER} pulled alone. The scenario says how often it is called in real life ([traffic]); "
        "the saving on the card is weighted by that.",
        "Afterwards cut the rules in Trim (f3) until they are below the model's minimum, and see caching vanish "
        "without an error.",
    ),
    goal="A card says ADOPT for caching alone, and the cache was read.",
    rule="“Caching needs 1,024 tokens and saves 90%.”",
    lessons=_lessons,
    look=_look,
    levers=("caching",),
)
