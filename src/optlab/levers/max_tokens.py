"""A smaller max_tokens: a limit, not an instruction. All it saves comes from answers it cuts."""

from collections.abc import Mapping

import msgspec

from optlab.core.request import Request
from optlab.core.scenario import ParamValue
from optlab.levers.lever import LeverSpec, Param, Rewriting


def _rewrite(request: Request, params: Mapping[str, ParamValue]) -> Request:
    # A lever that is named smaller never raises the limit.
    return msgspec.structs.replace(request, max_tokens=min(request.max_tokens, int(params["cap"])))


MAX_TOKENS = Rewriting(
    LeverSpec(
        name="max_tokens",
        title="Smaller max_tokens",
        symptom="answers run longer than anybody reads",
        does="cuts every answer off at a cap; the model does not write shorter",
        params=(Param("cap", "int", 200, "where answers are cut", unit="tokens", low=1, high=128_000),),
        primary="cost_usd",
        changes_text=True,
        blocking=("truncation",),
    ),
    _rewrite,
)
