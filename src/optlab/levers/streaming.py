"""Streaming: the answer is shown as it is made. Changes what the person waits for, not what it costs."""

from collections.abc import Mapping

import msgspec

from optlab.core.request import Request
from optlab.core.scenario import ParamValue
from optlab.levers.lever import LeverSpec, Rewriting


def _rewrite(request: Request, params: Mapping[str, ParamValue]) -> Request:
    return msgspec.structs.replace(request, stream=True)


STREAMING = Rewriting(
    LeverSpec(
        name="streaming",
        title="Streaming",
        symptom="somebody waits for long answers",
        does="shows the answer as it is made; same tokens, same bill",
        params=(),
        primary="first_visible",
        changes_text=False,
        blocking=("e2e",),
        shown=("cost_usd",),
    ),
    _rewrite,
)
