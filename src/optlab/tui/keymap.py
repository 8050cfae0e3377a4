"""Whether the keys of `config.toml` can be had: every name declared, every key one that exists, none taken twice."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, format_key, key_to_character

from optlab.tui.app import LabApp
from optlab.tui.frames.screen import FramedScreen
from optlab.tui.places.charts import ChartsScreen
from optlab.tui.places.guide import GuideScreen
from optlab.tui.places.history import HistoryScreen
from optlab.tui.race.screen import RacersScreen
from optlab.tui.results.screen import ExplanationScreen
from optlab.tui.results.view import ResultsView
from optlab.tui.screens.lab import LabScreen
from optlab.tui.screens.models import ModelScreen
from optlab.tui.trim.screen import TrimScreen

_ROOMS: Final = (LabScreen, TrimScreen, ChartsScreen, HistoryScreen, GuideScreen)
_EVERYWHERE: Final = (FramedScreen, LabApp)
_DIALOGS: Final = (RacersScreen, ExplanationScreen, ResultsView, ModelScreen)
_FIXED: Final = ("tab", "shift+tab", "ctrl+c", "ctrl+p", "ctrl+q")
"""Keys that no entry changes: from field to field, copy, palette, and the way out."""
_MODIFIERS: Final = ("alt", "ctrl", "hyper", "meta", "shift", "super")
"""In the order in which they are written."""


def problem(keys: Mapping[str, str]) -> str:
    """What is wrong with the first entry that cannot stand, in one sentence without its file; empty where none is."""
    return next(_problems(keys), "")


def _problems(keys: Mapping[str, str]) -> Iterator[str]:
    names = {binding.id or "" for kind in (*_ROOMS, *_EVERYWHERE, *_DIALOGS) for binding in _declared(kind)}
    for name, value in keys.items():
        entry = f'[keys] "{name}" = "{value}"'
        if name not in names:
            yield f"{entry}: nothing has that name{_nearest(name, names)}; docs/config.md lists the names"
        for key in map(str.strip, value.split(",")):
            if len(key) != 1 and (why := _misspelt(key)):
                yield f"{entry}: {why}"
            elif key in _FIXED:
                yield f"{entry}: the key {key} cannot be given to anything else; choose another key"
    for kind in (*_ROOMS, *_DIALOGS):
        more = _EVERYWHERE if kind in _ROOMS else ()
        yield from _clashes(keys, [binding for each in (kind, *more) for binding in _declared(each)])


def _declared(kind: type[DOMNode]) -> list[Binding]:
    """The keys with a name that a place declares itself."""
    return [binding for binding in kind.__dict__.get("BINDINGS", ()) if isinstance(binding, Binding) and binding.id]


def _clashes(keys: Mapping[str, str], there: Sequence[Binding]) -> Iterator[str]:
    """Where an entry takes the key of something else in one place; what is so without any entry is meant so."""
    for mine in there:
        value = keys.get(mine.id or "")
        for key in _split(value) if value is not None else ():
            entry = f'[keys] "{mine.id}" = "{value}"'
            if mine.priority and key_to_character(key) is not None:
                yield f"{entry}: that key could not be typed into a text any more; choose one such as f9 or ctrl+g"
            for other in there:
                if other.id == mine.id or key not in _split(keys.get(other.id or "", other.key)):
                    continue
                if not (key in _split(mine.key) and key in _split(other.key)):
                    what = other.tooltip.partition(":")[0] if other.tooltip else other.description
                    yield (
                        f'{entry}: {format_key(key)} is the key of "{other.id}" in the same place ({what}); '
                        "choose another key, or give that one another key too"
                    )


def _split(value: str) -> list[str]:
    """Keys of an entry as Textual names them."""
    return [_name_of(key.strip()) for key in value.split(",")]


def _name_of(key: str) -> str:
    """A character's name where it is no letter and no digit, as Textual has it."""
    if len(key) != 1 or key.isalnum():
        return key
    name = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


_NAMED: Final = frozenset(
    [key.value for key in Keys if key.value.isalnum() and key is not Keys.Return]
    + [_name_of(chr(code)) for code in range(33, 127) if not chr(code).isalnum()]
)
"""Keys that are neither letter nor digit: left, f5, escape, slash."""


def _misspelt(key: str) -> str:
    """Why no key is written like this, and how it would be; empty where one is."""
    if not key:
        return "a key is missing; write one such as g or ctrl+g, or take the entry out"
    *before, last = key.split("+")
    if len(last) != 1 or before:
        last = last.lower()
    modifiers = {one.lower() for one in before}
    if (len(last) == 1 or last in _NAMED) and modifiers <= set(_MODIFIERS):
        good = "+".join([*(one for one in _MODIFIERS if one in modifiers), last])
        good = last.upper() if modifiers == {"shift"} and len(last) == 1 else good
        return "" if good == key else f"that key is written {good}"
    return f"{key} is no key{_nearest(last, _NAMED)}; keys are written like g, ctrl+s, alt+left, f5 or shift+tab"


def _nearest(word: str, words: Iterable[str]) -> str:
    near = get_close_matches(word.lower(), sorted(words), 1)
    return f" (do you mean {near[0]}?)" if near else ""
