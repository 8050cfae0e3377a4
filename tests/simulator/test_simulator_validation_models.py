"""What each model of the catalogue accepts: thinking, effort, sampling, prefill, forced tools, system turns, speed.

The tables are written down here from Anthropic's thinking, effort, migration and models pages, not read from the
catalogue.
"""

from typing import Any, NamedTuple

import pytest

from optlab.catalogue import load
from optlab.simulator.errors import ApiError
from optlab.simulator.request.validation import Request, check_message

NEW, OLD = "2026-10-21", "2023-06-01"
TOOL = {"name": "look", "input_schema": {"type": "object"}}
LEVELS = ("low", "medium", "high", "xhigh", "max")
ALL = frozenset(LEVELS)


class Row(NamedTuple):
    """One model: types of `thinking`, what none means, how it shows, efforts, and what else it can."""

    thinking: frozenset[str]
    omitted: str
    display: str
    efforts: frozenset[str]
    effort: str | None
    off_bound: bool = False
    prefill: bool = False
    forced: bool = True
    system_turns: bool = False
    fast: bool = False
    sampled: bool = False
    most_tokens: int = 128_000


def _row(thinking: str, omitted: str, display: str, efforts: frozenset[str], effort: str | None, **more: Any) -> Row:
    return Row(frozenset(thinking.split()), omitted, display, efforts, effort, **more)


BUDGET = "enabled disabled"
ALWAYS = {"thinking": "adaptive", "omitted": "adaptive", "display": "omitted", "efforts": ALL}
TABLE: dict[str, Row] = {
    "claude-haiku-4-5": _row(
        BUDGET, "off", "summarized", frozenset(), None, prefill=True, sampled=True, most_tokens=64_000
    ),
    "claude-sonnet-4-5": _row(
        BUDGET, "off", "summarized", frozenset(), None, prefill=True, sampled=True, most_tokens=64_000
    ),
    "claude-opus-4-5": _row(
        BUDGET, "off", "summarized", ALL - {"xhigh", "max"}, "high", prefill=True, sampled=True, most_tokens=64_000
    ),
    "claude-sonnet-4-6": _row(f"adaptive {BUDGET}", "off", "summarized", ALL - {"xhigh"}, "high", sampled=True),
    "claude-opus-4-6": _row(f"adaptive {BUDGET}", "off", "summarized", ALL - {"xhigh"}, "high", sampled=True),
    "claude-opus-4-7": _row("adaptive disabled", "off", "omitted", ALL, "high"),
    "claude-opus-4-8": _row("adaptive disabled", "off", "omitted", ALL, "high", system_turns=True, fast=True),
    "claude-sonnet-5": _row("adaptive disabled", "adaptive", "omitted", ALL, "high"),
    "claude-opus-5": _row(
        "adaptive disabled", "adaptive", "omitted", ALL, "high", off_bound=True, system_turns=True, fast=True
    ),
    "claude-haiku-5-5": _row(
        "adaptive disabled", "adaptive", "omitted", ALL, "medium", off_bound=True, system_turns=True
    ),
    "claude-sonnet-5-5": _row(
        "adaptive between_tools", "adaptive", "omitted", ALL, "high", off_bound=True, forced=False, system_turns=True
    ),
    "claude-opus-5-5": _row(**ALWAYS, effort="medium", forced=False, system_turns=True, fast=True),
    "claude-fable-5": _row(**ALWAYS, effort="high", system_turns=True),
    "claude-fable-5-1": _row(**ALWAYS, effort="high", forced=False, system_turns=True),
    "claude-fable-5-2": _row(**ALWAYS, effort="high", forced=False, system_turns=True, fast=True),
    "claude-mythos-5": _row(**ALWAYS, effort="high", system_turns=True),
    "claude-mythos-5-1": _row(**ALWAYS, effort="high", forced=False, system_turns=True),
    "claude-mythos-5-2": _row(**ALWAYS, effort="high", forced=False, system_turns=True, fast=True),
}
MODELS = pytest.mark.parametrize("model", TABLE)


def check(model: str, version: str = NEW, **fields: Any) -> Request:
    body = {"model": model, "max_tokens": 9_000, "messages": [{"role": "user", "content": "Hello"}], **fields}
    return check_message(body, version, load())


def verdict(part: str, model: str, version: str = NEW, **fields: Any) -> bool:
    """Whether a request is accepted; a refusal must be a 400 that names the field."""
    try:
        check(model, version, **fields)
    except ApiError as error:
        assert error.status == 400
        assert part in error.message
        return False
    return True


def test_the_table_has_every_model() -> None:
    assert {load().get(name).id for name in TABLE} == {m.id for m in load().models}


@MODELS
@pytest.mark.parametrize("kind", ["adaptive", "enabled", "disabled", "between_tools"])
def test_types_of_thinking(model: str, kind: str) -> None:
    budget = {"budget_tokens": 1_024} if kind == "enabled" else {}
    accepted = verdict(
        f'"thinking.type.{kind}" is not supported for this model', model, thinking={"type": kind} | budget
    )
    assert accepted == (kind in TABLE[model].thinking)


@MODELS
def test_what_no_thinking_means(model: str) -> None:
    row = TABLE[model]
    request = check(model)
    assert (request.thinking_type, request.effort) == (row.omitted, row.effort)
    assert request.model.capabilities.thinking.display_default == row.display


@MODELS
@pytest.mark.parametrize("display", ["summarized", "omitted", None, "loud"])
def test_display(model: str, display: str | None) -> None:
    kind = "adaptive" if "adaptive" in TABLE[model].thinking else "enabled"
    budget = {"budget_tokens": 1_024} if kind == "enabled" else {}
    assert verdict("display", model, thinking={"type": kind, "display": display} | budget) == (display != "loud")


@MODELS
@pytest.mark.parametrize("effort", LEVELS)
def test_effort(model: str, effort: str) -> None:
    assert verdict("effort", model, output_config={"effort": effort}) == (effort in TABLE[model].efforts)


@MODELS
@pytest.mark.parametrize("effort", LEVELS)
def test_thinking_off_at_each_effort(model: str, effort: str) -> None:
    row = TABLE[model]
    off = sorted(row.thinking & {"disabled", "between_tools"})
    if not off or effort not in row.efforts:
        off = ["disabled"]
    accepted = verdict("", model, thinking={"type": off[0]}, output_config={"effort": effort})
    too_high = row.off_bound and effort in ("xhigh", "max")
    assert accepted == (off[0] in row.thinking and effort in row.efforts and not too_high)


@MODELS
@pytest.mark.parametrize(
    ("field", "value", "default"),
    [
        ("temperature", 0.5, False),
        ("temperature", 1.0, True),
        ("temperature", 1, True),
        ("temperature", None, True),
        ("top_p", 0.9, False),
        ("top_p", 1, True),
        ("top_k", 40, False),
        ("top_k", 0, True),
    ],
)
def test_sampling(model: str, field: str, value: Any, default: bool) -> None:
    assert verdict(field, model, OLD, **{field: value}) == (default or TABLE[model].sampled)
    assert not verdict(f"{field}: Extra inputs are not permitted", model, NEW, **{field: value})


@MODELS
def test_prefill(model: str) -> None:
    turns = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Well"}]
    assert verdict("prefill", model, messages=turns) == TABLE[model].prefill


@MODELS
@pytest.mark.parametrize("choice", [{"type": "any"}, {"type": "tool", "name": "look"}], ids=["any", "tool"])
def test_forced_tools(model: str, choice: Any) -> None:
    assert verdict("tool_choice", model, tools=[TOOL], tool_choice=choice) == TABLE[model].forced


@MODELS
@pytest.mark.parametrize("kind", ["auto", "none"])
def test_tools_left_free(model: str, kind: str) -> None:
    assert verdict("tool_choice", model, tools=[TOOL], tool_choice={"type": kind})


@pytest.mark.parametrize("model", [name for name, row in TABLE.items() if "enabled" in row.thinking])
def test_forced_tools_with_a_thinking_budget(model: str) -> None:
    budget = {"type": "enabled", "budget_tokens": 1_024}
    fields = {"tools": [TOOL], "tool_choice": {"type": "any"}, "thinking": budget}
    assert not verdict("Thinking may not be enabled", model, **fields)


@MODELS
@pytest.mark.parametrize("version", [NEW, OLD])
def test_system_turns(model: str, version: str) -> None:
    turns = [{"role": "user", "content": "Hello"}, {"role": "system", "content": "Be brief."}]
    assert verdict("system", model, version, messages=turns) == TABLE[model].system_turns


@MODELS
def test_fast(model: str) -> None:
    assert verdict("speed", model, speed="fast") == TABLE[model].fast
    assert verdict("speed", model, speed="standard")


@MODELS
def test_most_output_tokens(model: str) -> None:
    most = TABLE[model].most_tokens
    assert verdict("max_tokens", model, max_tokens=most)
    assert verdict("max_tokens", model, max_tokens=0)
    name = load().get(model).id
    told = f"max_tokens: {most + 1} > {most}, which is the maximum allowed number of output tokens for {name}"
    assert not verdict(told, model, max_tokens=most + 1)
