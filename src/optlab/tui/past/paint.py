"""One row of the list as it is painted: pieces of text, each with the name of a tone. Readable without any colour."""

from typing import Literal, NamedTuple

from rich.cells import cell_len, set_cell_size

from optlab.core.study import KeptStudy
from optlab.render.format import line, provenance
from optlab.render.kept import LET_GO, asked_words, at_most, cost_words, outcome_words, state_word
from optlab.tui.past.book import Entry
from optlab.tui.past.shelf import Row

Tone = Literal["plain", "dim", "strong", "good", "warm", "hot", "real"]
Part = tuple[str, Tone]

WHOLE_FROM = 110
"""Cells of width from which the year, the kind and the number of runs have columns of their own."""
COST_WIDTH = 9
_STATES: dict[str, Tone] = {"done": "good", "running": "strong", "failed": "hot", "broken off": "hot"}
_VERDICTS: dict[str, Tone] = {"ADOPT": "good", "ROLL BACK": "hot", "NOT YET KNOWN": "warm", "NOISE": "dim"}


class Column(NamedTuple):
    """One column: its title and its width in cells, a space behind it included."""

    name: str
    width: int
    right: bool = False


def columns_of(width: int) -> tuple[Column, ...]:
    """The columns that fit: what must not be cut is fixed, the words share the rest."""
    whole = width >= WHOLE_FROM
    end = (Column("cost", COST_WIDTH, True), Column("figures", 10), Column("state", 11))
    if not whole:
        room = max(15, width - 2 - 12 - 14 - sum(column.width for column in end))
        words = (Column("scenario", (room + 1) // 2), Column("what", room // 2), Column("outcome", 14))
        return (Column("when, UTC", 12), *words, *end)
    begin = Column("when, UTC", 17)
    room = max(30, width - 2 - 17 - 10 - 5 - sum(column.width for column in end))
    scenario, question = round(room * 0.28), round(room * 0.36)
    words = (Column("scenario", scenario), Column("kind", 10), Column("question", question))
    return (begin, *words, Column("outcome", room - scenario - question), Column("runs", 5, True), *end)


def heading(columns: tuple[Column, ...]) -> str:
    """The titles of the columns."""
    return "  " + "".join(_cell(column.name, column) for column in columns)


def painted(row: Row, columns: tuple[Column, ...]) -> list[Part]:
    """One row, as wide as its columns; what is not read yet is told by dots."""
    if row.entry is None:
        return [("  …", "dim")]
    mark = ("▾ " if row.open else "▸ ") if isinstance(row.entry, KeptStudy) else "└ " if row.inside else "  "
    whole = any(column.name == "kind" for column in columns)
    parts: list[Part] = [(mark, "strong")]
    for column in columns:
        words, tone = _value(column.name, row.entry, whole=whole)
        parts.append((_cell(words, column), "dim" if row.inside and tone == "strong" else tone))
    return parts


def _value(name: str, entry: Entry, *, whole: bool) -> Part:
    match name:
        case "when, UTC":
            return entry.at[:16].replace("T", " ")[0 if whole else 5 :], "dim"
        case "scenario":
            return line(entry.scenario), "strong"
        case "kind":
            return line(entry.kind), "plain"
        case "question":
            return asked_words(entry), "plain"
        case "what":
            return asked_words(entry) if entry.kind == "benchmark" else line(entry.kind), "plain"
        case "outcome":
            words = outcome_words(entry)
            word = entry.upshot.word if isinstance(entry, KeptStudy) and entry.upshot else None
            return (words if whole or word is None else word.value), _VERDICTS.get(word or words, "plain")
        case "runs":
            return (f"{entry.runs:,}" if isinstance(entry, KeptStudy) else ""), "dim"
        case "cost":
            return cost_words(entry, COST_WIDTH - 1), "plain"
        case "figures":
            return entry.provenance.value.upper(), "real" if entry.provenance.value == "measured" else "warm"
    state = state_word(entry)
    return state, _STATES.get(state, "warm")


def _cell(words: str, column: Column) -> str:
    room = column.width - 1
    if cell_len(words) > room:
        words = set_cell_size(words, room - 1) + "…"
    pad = " " * (room - cell_len(words))
    return pad + words + " " if column.right else words + pad + " "


def details(entry: Entry) -> str:
    """An entry in one line, nothing of it cut: what the columns have no room for."""
    where = provenance(entry.provenance, entry.sim_speed).removesuffix(", figures scaled back")
    asked, outcome = asked_words(entry), outcome_words(entry)
    words = [
        entry.id,
        line(entry.scenario),
        f"{line(entry.kind)}: {asked}" if asked else line(entry.kind),
        outcome,
        f"{cost_words(entry)}: {LET_GO}" if at_most(entry) else "",
        f"{entry.runs:,} run{'' if entry.runs == 1 else 's'}" if isinstance(entry, KeptStudy) else "",
        where,
        f"seed {entry.seed}",
        f"from {line(entry.source)}" if entry.source else "",
    ]
    return " · ".join(filter(None, words))
