"""What is told and asked about files. Pure: text made of values."""

import time
from collections.abc import Sequence
from pathlib import Path

from optlab.tui.desk import Desk
from optlab.tui.files.kept import Kept, differences
from optlab.tui.files.question_screen import Answer

SAVED = "Saved as {}."
OTHERWISE = "{} was written, but it reads otherwise than what is on the desk; save it under another name."
RESTORED = "The edits are back on the desk; ctrl+s saves them."
CHANGED = "{} has changed on the disk, and runs read it anew; ctrl+r shows it here."
CHANGED_MEANWHILE = "{} has changed on the disk since it was read; ⏎ once more overwrites it"
BUSY = "Something is under way: wait until it is over, or cancel it with esc."

Question = tuple[str, tuple[str, ...], tuple[Answer, ...]]
"""Title, sentences, answers."""


def look_at(notes: Sequence[str]) -> str:
    """What is worth a second look in a scenario that was opened."""
    return f"Look at this: {'; '.join(notes)}."


def restore(desk: Desk, kept: Kept, now: float) -> Question:
    """Offers edits that were left unsaved; `now` in epoch seconds."""
    when = time.strftime("%b %d, %H:%M", time.localtime(kept.at))
    found = differences(desk, kept)
    return (
        "Unsaved edits",
        (
            f"Edits of {Path(desk.source).name} were never saved; they were last kept {ago(now - kept.at)} ({when}).",
            f"They hold: {'; '.join(found)}.",
        ),
        (
            Answer("ctrl+d", "drop", "Drop them", "Forget the edits for good"),
            Answer("y", "restore", "Restore", "Put them on the desk again"),
        ),
    )


def ago(seconds: float) -> str:
    """How long ago something was, as far as that matters."""
    for unit, least in (("days", 172_800), ("hours", 7_200), ("minutes", 120)):
        if seconds >= least:
            return f"{seconds // (least // 2):.0f} {unit} ago"
    return "a moment ago"


def reload(source: str) -> Question:
    """Asks before edits are lost."""
    return (
        "Edits are not saved",
        (f"Reading {Path(source).name} again takes what you have edited off the desk.",),
        (
            Answer("s", "save", "Save first", "Save the edits, under this name or another one"),
            Answer("r", "reload", "Reload all the same", "Lose the edits"),
        ),
    )


def save_about(own: Path | None, losses: str, changed: bool) -> str:
    """What saving will do, for the dialog."""
    if own is None:
        return "A scenario file of your own, with the parameters of pulled levers."
    if changed:
        return f"{own.name} has changed on the disk since it was read: saving writes over that. {losses}".strip()
    return f"It takes the place of what {own.name} says now. {losses}".strip()
