"""A smaller model: the same request to a cheaper, faster model. Tokens are counted anew by its own tokenizer."""

from collections.abc import Mapping

import msgspec

from optlab.core.request import Request
from optlab.core.scenario import ParamValue
from optlab.levers.lever import MODEL_ID, LeverSpec, Param, Rewriting


def _rewrite(request: Request, params: Mapping[str, ParamValue]) -> Request:
    return msgspec.structs.replace(request, model=str(params["model"]))


SMALLER_MODEL = Rewriting(
    LeverSpec(
        name="smaller_model",
        title="Smaller model",
        symptom="questions are easy and the bill is not",
        does="asks a cheaper, faster model the same thing",
        params=(Param("model", "str", "claude-haiku-4-5-20251001", "the model that answers instead", unit=MODEL_ID),),
        primary="cost_usd",
        changes_text=True,
        shown=("e2e",),
    ),
    _rewrite,
)
