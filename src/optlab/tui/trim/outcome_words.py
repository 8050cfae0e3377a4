"""What was found out about cuts, in words and bars: the change test with its verdict card, the search, the heat map."""

from collections.abc import Iterator

from textual.content import Content

from optlab.core.commands import TestCut
from optlab.core.study import StudyHead
from optlab.core.study_events import CutTested
from optlab.core.trim_report import Change, CutReport, TrimReport
from optlab.core.verdict import Card, CardWord, Quality
from optlab.render.cards import card_lines
from optlab.render.format import duration, line, provenance, usd
from optlab.render.trim_words import excluded_words, p_words, search_basis
from optlab.tui.trim.difference import Run, side_by_side
from optlab.tui.trim.findings import Findings, Heat, Search, Topic
from optlab.tui.trim.found import Reached
from optlab.tui.trim.paint import BLOCKS

DIM = "$foreground 60%"
GOOD, BAD, OPEN = "$text-success", "$text-error", "$text-warning"
SEPARATOR = " │ "
LAST_TRIED = 6
TOPICS: tuple[Topic, ...] = ("search", "heat", "test")
NOTHING = (
    "Nothing asked yet. space cuts a piece, ⏎ edits it, z shows it finer. t asks whether the answers would change or "
    "get worse, h maps what each piece is worth, f finds what can go, w lists wins that need no call."
)
ASKING = "Both prompts are being asked; what is known stands here when the answers are in. esc ends it."
WITH_HAND = " with what was cut by hand"
_WHERE: dict[Reached, str] = {
    "here": "This is the prompt as it stands.",
    "ahead": "This is the prompt after a, which cuts it; u takes it back.",
    "past": "The prompt has changed since: this was about another cut. f searches anew.",
}
_CHANGED = {
    "changed": ("CHANGED", "the answers are others now", OPEN),
    "not proven": ("NO CHANGE PROVEN", "that is not yet proof of none", DIM),
    "cannot ring": ("CANNOT TELL", "so few answers cannot show a change", OPEN),
}
_WORSE = {
    "better": ("BETTER", GOOD),
    "non-inferior": ("NOT WORSE", GOOD),
    "worse": ("WORSE", BAD),
    "inconclusive": ("NOT YET KNOWN", OPEN),
}


def outcome(findings: Findings, stands: bool, width: int, found: Reached = "ahead") -> Content:
    """All that is known, newest questions first.

    `stands` tells that what was tested is the prompt as it stands, `found` how that stands to what a search found.
    """
    parts: list[Content] = []
    for topic in (*findings.newest, *(topic for topic in TOPICS if topic not in findings.newest)):
        lines = _about(topic, findings, stands, width, found)
        parts += [*lines, Content("")] if lines else []
    return Content("\n").join(parts[:-1]) if parts else Content.styled(NOTHING, DIM)


def _about(topic: Topic, findings: Findings, stands: bool, width: int, found: Reached) -> list[Content]:
    if topic == "search":
        return list(_search(findings.search, found)) if findings.search is not None else []
    if topic == "heat":
        return list(_heat(findings.heat)) if findings.heat.planned or findings.heat.problem else []
    if isinstance(findings.under_way, TestCut):
        return [_title("would the answers change?"), Content.styled(ASKING, DIM)]
    return list(_tested(findings.tested, stands, width)) if findings.tested is not None else []


def shown_by(head: StudyHead) -> str:
    """Where the figures come from and what they cost, in a line."""
    kind = provenance(head.provenance, head.sim_speed)
    return f"{kind} · {head.calls:,} calls · {usd(head.cost_usd)} · {line(head.study_id)}"


def _title(words: str) -> Content:
    return Content.styled(f"── {words} ", "bold $primary")


def _badge(word: str, tone: str) -> Content:
    return Content.styled(f" {word} ", f"bold reverse {tone}")


def _tested(event: CutTested, stands: bool, width: int) -> Iterator[Content]:
    yield _title("would the answers change?")
    if event.report is None:
        yield Content.styled("No whole pair of answers came; nothing can be said.", OPEN)
        yield Content.styled(shown_by(event.head), DIM)
        return
    report = event.report
    if not stands:
        yield Content.styled("Prompt or levers have changed since: this was about another cut. t tests this one.", OPEN)
    yield from verdict_card(report)
    yield Content.styled(shown_by(event.head), DIM)
    yield Content("")
    yield from distance_bars(report.change, width)
    yield from _differing(report.change, width)


def verdict_card(report: CutReport) -> Iterator[Content]:
    """What was shown, on how many samples, and the smallest loss that is ruled out."""
    change, quality = report.change, report.quality
    word, meaning, tone = _CHANGED[change.verdict]
    p = "" if change.p is None else f"{p_words(change.p)}, "
    ring = f"{change.items} samples × {change.answers} answers each"
    yield Content.assemble(_badge(word, tone), f" {meaning} ", (f"({p}{ring})", DIM))
    yield from _worse(quality)
    keep = quality is not None and quality.verdict in ("better", "non-inferior")
    worse = quality is not None and quality.verdict == "worse"
    advice = "Keep the cut." if keep else "Take it back." if worse else "Not enough is known to keep it."
    yield Content.styled(advice, f"bold {GOOD if keep else BAD if worse else OPEN}")


def _worse(quality: Quality | None) -> Iterator[Content]:
    if quality is None:
        yield Content.assemble(_badge("NOT YET KNOWN", OPEN), " whether they are worse: no answer was checked")
        return
    word, tone = _WORSE[quality.verdict]
    yield Content.assemble(_badge(word, tone), f" {line(quality.why)} ", (f"({quality.items} samples)", DIM))
    if quality.excluded_loss is None:
        yield Content.styled(excluded_words(quality), DIM)
    else:
        yield Content.assemble((excluded_words(quality), "bold"), (f" (margin {100 * quality.margin:.0f})", DIM))


def distance_bars(change: Change, width: int) -> Iterator[Content]:
    """How far answers are apart: within the original, the trimmed, and across. 0: the same, 1: nothing shared."""
    room = max(8, min(40, width - 28))
    for title, value, tone in (
        ("within the original", change.within_original, "$primary"),
        ("within the trimmed", change.within_trimmed, "$accent"),
        ("across", change.across, OPEN),
    ):
        known = "absent" if value is None else f"{value:.3f}"
        yield Content.assemble(f"{title:<20}", (_bar(value or 0.0, room), tone), f" {known}")


def _bar(value: float, room: int) -> str:
    full, rest = divmod(round(8 * room * min(1.0, max(0.0, value))), 8)
    return ("█" * full + (BLOCKS[rest] if rest else "")).ljust(room, "·")


def _differing(change: Change, width: int) -> Iterator[Content]:
    column = (width - len(SEPARATOR)) // 2
    for pair in change.differing:
        yield Content("")
        yield Content.styled(f"sample {line(pair.sample)}, distance {pair.distance:.2f}", "bold")
        if column < 12:
            continue
        yield Content.styled("original".ljust(column) + SEPARATOR + "trimmed", DIM)
        for left, right in side_by_side(pair.original, pair.trimmed, column):
            used = Content("").join(_runs(left, "strike $text-error"))
            pad = " " * max(0, column - used.cell_length)
            yield Content.assemble(used, pad, (SEPARATOR, DIM), *_runs(right, "bold underline $text-success"))


def _runs(runs: list[Run], marked: str) -> list[Content]:
    return [Content.styled(text, marked) if differs else Content(text) for text, differs in runs]


def _search(search: Search, found: Reached) -> Iterator[Content]:
    yield _title("what can go?")
    if search.end is not None:
        yield from _found(search.end.report, search.by_hand, found)
        for caveat in search.end.head.caveats:
            yield Content.styled(line(caveat.sentence), OPEN)
        yield Content.styled(shown_by(search.end.head), DIM)
    elif search.trying:
        yield Content.assemble(("trying ", "bold $text-accent"), line(search.trying))
    if search.tried:
        last = search.tried[-1]
        yield Content.assemble(("proven dead ", f"bold {GOOD}"), _names(last.dead))
        yield Content.assemble(("must stay   ", f"bold {BAD}"), _names(last.needed))
        if search.end is None:
            yield Content.styled(f"{last.calls:,} calls · {usd(last.spent_usd)} so far · esc ends it", DIM)
    for tried in search.tried[: -LAST_TRIED - 1 : -1]:
        word, tone = {True: ("fine", GOOD), False: ("lost", BAD), None: ("cut short", OPEN)}[tried.good]
        yield Content.assemble(
            (f"{tried.number:>3} ", DIM),
            (f"{word:<10}", tone),
            f"without {_names(tried.tried)}" if tried.tried else "all that is cut so far, once more",
            (f" ({tried.losses:.3g} of {tried.answers} answers lost)", DIM),
        )


def _found(report: TrimReport, by_hand: bool, found: Reached) -> Iterator[Content]:
    saving = report.saving
    dead = sum(not piece.kept for piece in report.pieces)
    tokens = f"≈{saving.tokens_before:,} → {saving.tokens_after:,} tokens"
    if report.verified:
        word, tone = "VERIFIED", GOOD
    elif not dead and not by_hand:
        word, tone = _nothing(report), DIM
    else:
        word, tone = "NOT VERIFIED", OPEN
    more = " more" if by_hand else ""
    can_go = f"{dead} of {len(report.pieces)}{more} pieces can go, {tokens}"
    ended = f"{can_go}{WITH_HAND if by_hand else ''}; {report.ended} after {report.tests} questions"
    yield Content.assemble(_badge(word, tone), f" {ended}")
    yield from _verified(report.card, report)
    if dead or by_hand:
        yield Content.styled(_WHERE[found], "bold $text-accent")


def _nothing(report: TrimReport) -> str:
    """Nothing can go, nothing was found to go, or nothing was even asked: three things that must not look alike."""
    if not report.tests:
        return "NOTHING ASKED"
    return "NOTHING TO CUT" if report.ended == "searched" else "NOTHING FOUND YET"


def _verified(card: Card | None, report: TrimReport) -> Iterator[Content]:
    if card is None:
        yield Content.styled("Nothing was verified on the held-out samples.", OPEN)
        return
    if report.loss_before_search:
        yield Content.styled(
            "This card is of what was cut by hand, alone: answers are lost by that already. Restore it; what the "
            "search found is kept, and not verified without it.",
            OPEN,
        )
    elif report.card_of_prompt is None:
        yield Content.styled(
            "This card is of a larger cut; of that something was put back, and not verified again.", OPEN
        )
    tone = {CardWord.ADOPT: GOOD, CardWord.ROLL_BACK: BAD}.get(card.verdict, OPEN)
    yield Content.assemble(_badge(card.verdict.value, tone), f" {line(card.reason)}")
    for each in card_lines(card):
        yield Content.styled(line(each), DIM)
    yield Content.styled(f"{excluded_words(card.quality)}; {search_basis(report)}, against the whole prompt", DIM)


def _heat(heat: Heat) -> Iterator[Content]:
    yield _title("what is each piece worth?")
    if heat.problem:
        yield Content.styled(line(heat.problem), OPEN)
        return
    recalled = f", {heat.recalled} of them recalled" if heat.recalled else ""
    state = "whole" if heat.whole else "stopped or under way; h goes on with it"
    yield Content.assemble(f"{heat.evaluated} of {heat.planned} sets asked about{recalled} ", (f"({state})", DIM))
    yield Content.styled(
        "points: how many of a hundred answers are lost without it. s sorts by dollars a point at risk.", DIM
    )


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(map(line, names)) if names else "nothing"


def takes(seconds: float | None) -> str:
    """How long something will take, where it is known."""
    return "" if seconds is None else f", about {duration(seconds)}"
