"""Prompt caching: a breakpoint behind the last stable block, so that later calls read the prefix at a tenth or less.

Below the model's minimum prefix nothing is cached and no error is raised; `usage` tells.
"""

from collections.abc import Mapping
from typing import cast

import msgspec

from optlab.core.request import Block, CacheTtl, Request
from optlab.core.scenario import ParamValue
from optlab.levers.lever import LeverSpec, Param, Rewriting


def _rewrite(request: Request, params: Mapping[str, ParamValue]) -> Request:
    ttl = cast(CacheTtl, params["ttl"])
    if request.system:
        last: Block = msgspec.structs.replace(request.system[-1], cache=ttl)
        return msgspec.structs.replace(request, system=(*request.system[:-1], last))
    if request.tools:
        return msgspec.structs.replace(request, tools_cache=ttl)
    # Without a stable block of its own the API's automatic mark is the best there is: it follows the last block.
    return msgspec.structs.replace(request, cache=ttl)


CACHING = Rewriting(
    LeverSpec(
        name="caching",
        title="Prompt caching",
        symptom="a long stable prefix is sent again and again",
        does="marks the end of the system prompt; later calls read it at the model's read price",
        params=(Param("ttl", "str", "5m", "how long an unused entry lives", choices=("5m", "1h")),),
        primary="cost_usd",
        changes_text=False,
        shown=("first_visible",),
    ),
    _rewrite,
)
