"""Prompt caching: breakpoints behind stable blocks, so that later calls read the prefix at a tenth or less.

Where a breakpoint stands is chosen, or `auto`: the end of the system prompt. Below the model's minimum prefix nothing
is cached and no error is raised; `usage` tells.
"""

from collections.abc import Mapping
from typing import cast

import msgspec

from optlab.core.errors import UsageError
from optlab.core.request import Block, CacheTtl, Request, Tool
from optlab.core.scenario import ParamValue
from optlab.levers.lever import LeverSpec, Met, Param, Rewriting, split

AUTO = "auto"
LAST = "last"
MOST = 4
"""The API takes no more breakpoints in one request."""


def _rewrite(request: Request, params: Mapping[str, ParamValue]) -> Request:
    ttl = cast(CacheTtl, params["ttl"])
    for name in split(params["at"]):
        part = _automatic(request) if name == AUTO else _place(request, name)
        if part is not None:
            request = request.marked(part, ttl)
        elif name in (AUTO, LAST):
            # Without a stable block of its own the API's automatic mark is the best there is: it follows the last one.
            request = msgspec.structs.replace(request, cache=ttl)
    return request


def _automatic(request: Request) -> Tool | Block | None:
    blocks: tuple[Tool | Block, ...] = request.system or request.tools
    return blocks[-1] if blocks else None


def _place(request: Request, name: str) -> Tool | Block | None:
    """The part behind which a name puts its breakpoint: the last one of a segment, of the tools, of the system text."""
    named = [part for part in request.parts if part.segment == name]
    wholes: dict[str, tuple[Tool | Block, ...]] = {"tools": request.tools, "system": request.system}
    found = named or wholes.get(name, ())
    return found[-1] if found else None


def _check(params: Mapping[str, ParamValue], met: Met) -> None:
    names = split(params["at"])
    if AUTO in names and len(names) > 1:
        raise UsageError(f"lever caching: at={params['at']} mixes {AUTO} with names; give either")
    for name in names:
        if name in (AUTO, LAST) or _place(met.request, name) is not None:
            continue
        wholes = [whole for whole, there in (("tools", met.request.tools), ("system", met.request.system)) if there]
        choice = ", ".join(dict.fromkeys((*map(repr, met.request.segments), *wholes, LAST)))
        gone = name in (segment.name for segment in met.scenario.prompt.segments)
        trimmed = gone and any(lever.name == "trim" for lever in met.before)
        why = "which trim cuts" if trimmed else "which is switched off" if gone else "which is not there"
        raise UsageError(f"lever caching: at names {name!r}, {why}; a breakpoint can stand behind {choice}, or {AUTO}")


CACHING = Rewriting(
    LeverSpec(
        name="caching",
        title="Prompt caching",
        symptom="a long stable prefix is sent again and again",
        does="marks the end of the stable prefix; later calls read it at the model's read price",
        params=(
            Param("ttl", "str", "5m", "how long an unused entry lives", choices=("5m", "1h")),
            Param(
                "at",
                "names",
                AUTO,
                "where breakpoints stand: auto, or segments, system, tools, last, joined by +",
                most=MOST,
            ),
        ),
        primary="cost_usd",
        changes_text=False,
        shown=("first_visible",),
    ),
    _rewrite,
    _check,
)
