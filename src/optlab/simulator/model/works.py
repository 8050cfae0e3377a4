"""Plots of a few well-known works, read from `texts/works.txt`. `[a|b]` are alternative wordings."""

import re

import msgspec

from optlab.simulator.model.texts import sections


class Work(msgspec.Struct, frozen=True):
    """A play or a novel: its events in order, and what is usually said about it."""

    title: str
    kind: str
    author: str
    events: tuple[str, ...]
    themes: tuple[str, ...]


def _read() -> tuple[Work, ...]:
    """`texts/works.txt`: a line `= title | kind | author`, one event a line, a last line `* theme; theme`."""
    works: list[Work] = []
    for name, lines in sections("works.txt"):
        title, kind, author = (part.strip() for part in name.split("|"))
        themes = tuple(t.strip() for t in lines[-1].removeprefix("*").split(";"))
        works.append(Work(title, kind, author, tuple(lines[:-1]), themes))
    return tuple(works)


WORKS = _read()


def find_work(text: str) -> Work | None:
    """The work whose title a text names."""
    return next((w for w in WORKS if re.search(rf"\b{re.escape(w.title)}\b", text, re.IGNORECASE)), None)
