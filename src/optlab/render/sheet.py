"""The result of a study as a page of parts, whoever draws it: headings, sentences, lists, tables, cards."""

from typing import Literal

import msgspec

from optlab.core.verdict import Card
from optlab.render.cards import card_lines
from optlab.render.format import line
from optlab.render.tables import Grid, markdown


class Words(msgspec.Struct, frozen=True):
    """Lines of prose. `how` they stand: a heading, plain, a list, or a drawing that keeps its columns."""

    lines: tuple[str, ...]
    how: Literal["heading", "plain", "list", "drawing"] = "plain"


Part = Words | Grid | Card
Sheet = tuple[Part, ...]
"""Parts from top to bottom; an empty one is left out."""


def heading(words: str) -> Words:
    """A heading."""
    return Words((words,), "heading")


def sheet_markdown(sheet: Sheet) -> str:
    """The page as Markdown; the first heading is its title."""
    blocks = []
    level = "#"
    for part in sheet:
        if isinstance(part, Grid):
            blocks += [markdown(part)] if part.rows else []
        elif isinstance(part, Card):
            blocks.append(f"**{part.verdict.value}** {line(part.variant)}: {line(part.reason)}")
            blocks.append("\n".join(f"- {line(words)}" for words in card_lines(part)))
        elif not part.lines:
            continue
        elif part.how == "heading":
            blocks.append(f"{level} {line(part.lines[0])}")
            level = "##"
        elif part.how == "list":
            blocks.append("\n".join(f"- {line(words)}" for words in part.lines))
        elif part.how == "drawing":
            blocks.append("\n".join(["```", *part.lines, "```"]))
        else:
            blocks.append("\n\n".join(line(words) for words in part.lines))
    return "\n\n".join(blocks) + "\n"
