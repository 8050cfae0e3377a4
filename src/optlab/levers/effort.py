"""Effort: how much the model puts into an answer, thinking above all. Less of it means fewer output tokens."""

from collections.abc import Mapping

import msgspec

from optlab.catalogue import load
from optlab.core.errors import UsageError
from optlab.core.request import Request
from optlab.core.scenario import ParamValue
from optlab.levers.lever import LeverSpec, Met, Param, Rewriting

LEVELS = ("low", "medium", "high", "xhigh", "max")


def _rewrite(request: Request, params: Mapping[str, ParamValue]) -> Request:
    """A model of the catalogue that does not take the level is sent none: it may be one of several that are asked."""
    model, level = load().find(request.model), str(params["level"])
    if model is not None and level not in model.capabilities.effort.levels:
        return request
    return msgspec.structs.replace(request, effort=level)


def _check(params: Mapping[str, ParamValue], met: Met) -> None:
    model, level = load().find(met.request.model), str(params["level"])
    if model is None or level in model.capabilities.effort.levels:
        return
    if not model.capabilities.effort.levels:
        active = [other for other in load().models if other.lifecycle.status == "active"]
        able = [other.id for other in active if level in other.capabilities.effort.levels]
        raise UsageError(
            f"lever effort: {model.id} knows no effort; leave the lever out, or ask a model that takes it, such as "
            + ", ".join(able[:3])
        )
    levels = ", ".join(model.capabilities.effort.levels)
    raise UsageError(f"lever effort: {model.id} takes {levels}, not {level}")


EFFORT = Rewriting(
    LeverSpec(
        name="effort",
        title="Less effort",
        symptom="answers are thought over longer than the question is worth",
        does="asks the model to put less (or more) into an answer; thinking costs output tokens",
        params=(Param("level", "str", "low", "how much the model puts into an answer", choices=LEVELS),),
        primary="cost_usd",
        changes_text=True,
        shown=("e2e",),
    ),
    _rewrite,
    _check,
)
