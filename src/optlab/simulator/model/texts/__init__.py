"""The stand-in model's language as data: phrases, plots, word lists. A line that begins with `=` is a heading."""

from functools import cache
from importlib import resources


def sections(name: str) -> list[tuple[str, list[str]]]:
    """A file of this folder: its headings in order, each with the lines under it."""
    found: list[tuple[str, list[str]]] = []
    text = resources.files("optlab.simulator.model.texts").joinpath(name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("="):
            found.append((line.removeprefix("=").strip(), []))
        elif line.strip():
            found[-1][1].append(line.strip())
    return found


@cache
def word_list(heading: str) -> tuple[str, ...]:
    """The words under a heading of `words.txt`."""
    return tuple(word for line in dict(sections("words.txt"))[heading] for word in line.split())
