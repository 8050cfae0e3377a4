"""The lab's own themes, dark and light, and which one is worn: `--theme`, then TEXTUAL_THEME, then the config file."""

import os
from collections.abc import Iterable

from textual.theme import Theme

DARK = Theme(
    name="optlab-dark",
    dark=True,
    primary="#6ea8fe",
    secondary="#b692f6",
    accent="#4fd6d6",
    success="#7bd88f",
    warning="#f2c14e",
    error="#ff6b81",
    foreground="#d8dcea",
    background="#12141c",
    surface="#181b26",
    panel="#232839",
)

LIGHT = Theme(
    name="optlab-light",
    dark=False,
    primary="#2456c7",
    secondary="#7b3fc4",
    accent="#00757f",
    success="#1d7a3d",
    warning="#9a6700",
    error="#c4283f",
    foreground="#22252e",
    background="#fbfaf7",
    surface="#f3f1ec",
    panel="#e4e0d6",
)

OURS = (DARK, LIGHT)


def chosen(asked: str, configured: str) -> str:
    """The name of the theme to wear; it may be one that nobody knows."""
    return asked or os.environ.get("TEXTUAL_THEME", "") or configured or DARK.name


def unknown(name: str, known: Iterable[str]) -> str:
    """What to say of a theme that there is none of, in one sentence; empty where there is one."""
    names = sorted(known)
    return "" if name in names else f"there is no theme {name!r}; there are {', '.join(names)}"
