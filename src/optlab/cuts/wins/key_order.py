"""JSON that a program writes in another order every time: equal objects whose texts differ, so that no cache matches.

It can only come from a variable's values, so it is advice: it is mended where the value is made.
"""

import json
from collections.abc import Iterator
from typing import Any

from optlab.cuts.wins.reading import Ground
from optlab.cuts.wins.win import FreeWin

_LONGEST = 200_000
"""Characters of all values of one variable that are parsed."""


def key_order(ground: Ground) -> Iterator[FreeWin]:
    """One piece of advice for every variable of the stable part whose JSON comes in several orders."""
    for segment in (*ground.prompt.active("tools"), *ground.prompt.active("system")):
        for name in _names(ground):
            if f"{{{name}}}" not in segment.text:
                continue
            how = _orders(sorted({sample.variables.get(name, "") for sample in ground.scenario.samples}))
            if how:
                yield FreeWin("key order", f"{{{name}}} holds equal JSON {how}", 0, about=segment.name)


def _names(ground: Ground) -> list[str]:
    return sorted({name for sample in ground.scenario.samples for name in sample.variables})


def _orders(values: list[str]) -> str:
    """What differs between values that hold the same; empty where nothing does."""
    if len(values) < 2 or sum(map(len, values)) > _LONGEST:
        return ""
    by_keys: set[str] = set()
    by_items: set[str] = set()
    parsed = [found for found in map(_parsed, values) if found is not None]
    for found in parsed:
        by_keys.add(json.dumps(found, sort_keys=True))
        by_items.add(json.dumps(_unordered(found), sort_keys=True))
    if len(by_keys) < len(parsed):
        return "with its keys in another order from sample to sample; write it with sorted keys (sort_keys=True)"
    if len(by_items) < len(parsed):
        return "with its lists in another order from sample to sample; sort them if their order means nothing"
    return ""


def _parsed(value: str) -> Any:
    if value.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _unordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unordered(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return sorted((_unordered(inner) for inner in value), key=lambda inner: json.dumps(inner, sort_keys=True))
    return value
