"""What one can do with files, its keys and its words: the same in every place, and in the palette."""

import msgspec
from textual.binding import Binding


class FileDeed(msgspec.Struct, frozen=True):
    """One deed: its name, key, title, and what it is for."""

    name: str
    key: str
    title: str
    about: str


FILE_DEEDS = (
    FileDeed("open", "ctrl+l", "Open", "Open a scenario, a Messages request or a log of requests; edits are kept"),
    FileDeed("save", "ctrl+s", "Save", "Save prompt and parameters: to their file, or to another one"),
    FileDeed("reload", "ctrl+r", "Reload", "Read the scenario's file again; asks where that would lose edits"),
)
"""All deeds."""

FILE_KEYS: list[Binding] = [
    Binding(deed.key, f"file({deed.name!r})", deed.title, tooltip=deed.about, show=False, id=f"file.{deed.name}")
    for deed in FILE_DEEDS
]
"""Their keys, for the application."""
