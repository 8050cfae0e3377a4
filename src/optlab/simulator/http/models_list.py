"""GET /v1/models: the catalogue as the API lists it, newest first, in pages."""

from collections.abc import Sequence
from datetime import date

from optlab.catalogue import Catalogue, Model
from optlab.simulator.errors import ApiError, invalid
from optlab.simulator.http import paging

STAGES = ("active", "deprecated", "retired")
_DEFAULT_STAGES = ("active", "deprecated")
_CONTEXT_STRATEGIES = ("clear_thinking_20251015", "clear_tool_uses_20250919", "compact_20260112")
_EPOCH = "1970-01-01T00:00:00Z"


def describe(model: Model) -> dict[str, object]:
    """One model as the API shows it. A release day that is not known is the epoch, as the SDK's types say; so is the
    day of a deprecation, which the catalogue does not hold. What the simulator does not do itself (server tools,
    context management) is not supported, whatever the real model can."""
    capabilities = model.capabilities
    accepted = capabilities.thinking.accepted
    levels = capabilities.effort.levels
    return {
        "type": "model",
        "id": model.id,
        "display_name": model.display_name,
        "created_at": _moment(model.lifecycle.released) or _EPOCH,
        "lifecycle": model.lifecycle.status,
        "line": model.family,
        "max_input_tokens": model.limits.context_window,
        "max_tokens": model.limits.max_output_tokens,
        "deprecated_at": _EPOCH if model.lifecycle.status != "active" else None,
        "retires_at": _moment(model.lifecycle.retires),
        "capabilities": {
            "batch": _supported(capabilities.batch),
            "citations": _supported(True),
            "code_execution": _supported(False),
            "context_management": {"supported": False, **{name: _supported(False) for name in _CONTEXT_STRATEGIES}},
            "effort": {
                **{level: _supported(level in levels) for level in ("low", "medium", "high", "xhigh", "max")},
                "supported": bool(levels),
            },
            "image_input": _supported(True),
            "pdf_input": _supported(True),
            "server_tools": {"supported": False, "web_search": _supported(False), "code_execution": _supported(False)},
            "structured_outputs": _supported(True),
            "thinking": {
                "supported": True,
                "types": {
                    kind: _supported(kind in accepted) for kind in ("adaptive", "between_tools", "disabled", "enabled")
                },
            },
        },
    }


def page(catalogue: Catalogue, query: Sequence[tuple[str, str]]) -> dict[str, object]:
    """One page of the list. Raises a 400 for a bad limit, stage or cursor."""
    values = dict(query)
    stages = tuple(v for k, v in query if k in ("lifecycle[]", "lifecycle")) or _DEFAULT_STAGES
    for stage in stages:
        if stage not in STAGES:
            raise invalid(f"lifecycle: Input should be {', '.join(map(repr, STAGES))}")
    models = sorted(
        (m for m in catalogue.models if m.lifecycle.status in stages),
        key=lambda m: m.lifecycle.released or "",
        reverse=True,
    )
    for cursor in ("after_id", "before_id"):
        if cursor in values and (named := catalogue.find(values[cursor])):
            values[cursor] = named.id
    chosen, more = paging.cut([m.id for m in models], values)
    return paging.envelope([describe(m) for m in models[chosen]], more)


def one(catalogue: Catalogue, name: str) -> dict[str, object]:
    """One model by id or alias. Raises a 404 for any other name."""
    model = catalogue.find(name)
    if model is None:
        raise ApiError(404, f"model: {name[:200]}")
    return describe(model)


def _moment(day: str | None) -> str | None:
    if day is None:
        return None
    return date.fromisoformat(day if len(day) > 7 else f"{day}-01").strftime("%Y-%m-%dT00:00:00Z")


def _supported(value: bool) -> dict[str, bool]:
    return {"supported": value}
