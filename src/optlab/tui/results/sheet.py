"""The results as rows of pieces of text, each with the name of a tone. Pure: a snapshot and a size make them."""

from collections.abc import Iterable, Iterator

from rich.cells import cell_len

from optlab.core.verdict import Card, CardWord
from optlab.render import standing
from optlab.render.aloud import aloud
from optlab.render.batches import batch_lines
from optlab.render.cards import card_lines
from optlab.render.explain import CARD
from optlab.render.finish import called
from optlab.render.format import line
from optlab.render.judging import judging_lines
from optlab.render.snapshot import Snapshot
from optlab.render.tables import cost_line
from optlab.render.trade_off import HEADING, trade_off_grid
from optlab.tui.results.rows import Part, Row, Stop, Tone
from optlab.tui.results.table import table
from optlab.tui.widgets.stream_view import wrapped

NOTHING = "No benchmark yet. s races two variants once, to look at; r measures them in pairs and gives a verdict."
FAILED = "The run failed before there was anything to compare."
MEASURING = "Measuring; the first verdict comes with the first pair."
ENDED = "The run ended before there was anything to compare."

_BADGES: dict[CardWord, Tone] = {
    CardWord.ADOPT: "adopt",
    CardWord.ROLL_BACK: "roll back",
    CardWord.NOISE: "noise",
    CardWord.NOT_YET_KNOWN: "unknown",
}


def sheet(results: Snapshot, width: int, height: int) -> tuple[Row, ...]:
    """Everything: cards, table, evidence. `width` and `height` are the cells that can be seen at once."""
    cards = tuple(_cards(results, width))
    found = table(standing.header(results), standing.rows(results), width, height - len(cards))
    return (*cards, *found, *_evidence(results, width))


def _flowing(words: str, tone: Tone, width: int) -> Iterator[Row]:
    for text in wrapped(line(words), max(1, width)):
        yield Row(((text, tone),))


def _cards(results: Snapshot, width: int) -> Iterator[Row]:
    for number, card in enumerate(results.cards):
        yield _headline(card, number, final=results.report is not None)
        yield from _flowing(aloud(results, card), "plain", width)
    if not results.cards:
        yield from _flowing(_no_card(results), "dim", width)


def _no_card(results: Snapshot) -> str:
    if results.phase == "failed":
        return FAILED
    if results.plan is None:
        return NOTHING
    return MEASURING if results.phase in ("planned", "running") else ENDED


def _headline(card: Card, number: int, *, final: bool) -> Row:
    badge = f" {card.verdict.value} "
    name: Part = (f" {called(card.variant)}{'' if final else ', so far'}", "strong")
    return Row(((badge, _BADGES[card.verdict]), name), (Stop(0, cell_len(badge), CARD, number),))


def _evidence(results: Snapshot, width: int) -> Iterator[Row]:
    for tone, words in _said(results):
        yield from _flowing(words, tone, width)


def _said(results: Snapshot) -> Iterable[tuple[Tone, str]]:
    yield from (("dim", note) for note in standing.notes(results).lines)
    for card in results.cards:
        yield "plain", ""
        _, _, why = card.reason.rpartition(", but ")
        if why not in aloud(results, card):
            yield "plain", card.reason
        yield from (("dim", words) for words in card_lines(card))
    report = results.report
    if report is None:
        return
    if report.trade_off is not None:
        yield "plain", HEADING
        for variant, *figures, place in trade_off_grid(report.trade_off).rows:
            yield "plain", f"{variant}: {' · '.join(figures)} · {place}"
    yield from (("dim", f"judging: {words}") for words in judging_lines(report))
    yield from (("dim", f"submitted: {words}") for words in batch_lines(report))
    yield from (("warm", f"· {caveat.sentence}") for caveat in report.caveats)
    yield "dim", f"{cost_line(report)} · {report.provenance.value.upper()} · run {report.run_id}"
