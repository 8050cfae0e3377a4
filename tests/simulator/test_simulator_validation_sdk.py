"""What the request types of the Python package `anthropic` allow is known to the schema, block by block, key by key.

The types are walked, and for each a smallest and a fullest value are made and sent through the checks of the shape.
"""

import types
from collections.abc import Callable, Iterator
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin

import pytest
from anthropic.types import (
    content_block_param,
    message_count_tokens_params,
    message_create_params,
    tool_result_block_param,
    tool_union_param,
)
from typing_extensions import get_type_hints, is_typeddict

from optlab.simulator.errors import ApiError
from optlab.simulator.request.shape import COUNT, MESSAGE, OLD_VERSION

NOT_IN_THE_BODY = {"user_profile_id", "workspace_id"}
"""Sent as headers."""


def bare(hint: Any) -> Any:
    while get_origin(hint) in (Required, NotRequired):
        hint = get_args(hint)[0]
    return hint


def options(hint: Any) -> Iterator[Any]:
    """The alternatives of a type, unions and aliases opened."""
    hint = bare(hint)
    if get_origin(hint) in (Union, types.UnionType):
        for option in get_args(hint):
            yield from options(option)
    else:
        yield hint


def value(hint: Any, keep: Callable[[bool], bool], depth: int = 0) -> Any:
    """A value of a type, from its first alternative; `keep` decides by whether a key is required."""
    hint = next(iter(options(hint)))
    if is_typeddict(hint):
        return record(hint, keep, depth)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return arguments[0]
    if origin is dict or hint is dict:
        return {}
    if origin is not None and origin is not type:
        return [value(arguments[0], keep, depth + 1)] if depth < 6 else []
    return {str: "x", int: 2_000, bool: True, float: 1.0, types.NoneType: None}[hint]


def record(made: Any, keep: Callable[[bool], bool], depth: int = 0) -> dict[str, Any]:
    hints = get_type_hints(made, include_extras=True)
    return {
        name: value(hint, keep, depth + 1)
        for name, hint in hints.items()
        if keep(get_origin(hint) is Required) and name not in NOT_IN_THE_BODY
    }


def smallest(made: Any) -> dict[str, Any]:
    return record(made, lambda required: required)


def fullest(made: Any) -> dict[str, Any]:
    return record(made, lambda required: True)


def shaped(**fields: Any) -> None:
    body = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}], **fields}
    MESSAGE[OLD_VERSION](body, "")


def named(made: Any) -> str:
    return str(made.__name__)


BLOCKS = [o for o in options(content_block_param.ContentBlockParam) if is_typeddict(o)]
IN_RESULTS = [o for o in options(tool_result_block_param.Content) if is_typeddict(o)]
TOOLS = [o for o in options(tool_union_param.ToolUnionParam) if is_typeddict(o)]
BOTH = pytest.mark.parametrize("fill", [smallest, fullest])


@BOTH
@pytest.mark.parametrize("made", BLOCKS, ids=named)
def test_blocks_of_messages(made: Any, fill: Any) -> None:
    shaped(messages=[{"role": "user", "content": [fill(made)]}])


@BOTH
@pytest.mark.parametrize("made", IN_RESULTS, ids=named)
def test_blocks_of_tool_results(made: Any, fill: Any) -> None:
    result = {"type": "tool_result", "tool_use_id": "a", "content": [fill(made)]}
    shaped(messages=[{"role": "user", "content": [result]}])


@BOTH
@pytest.mark.parametrize("made", TOOLS, ids=named)
def test_tools(made: Any, fill: Any) -> None:
    shaped(tools=[{**fill(made), **({"input_schema": {"type": "object"}} if named(made) == "ToolParam" else {})}])


FIELDS = get_type_hints(message_create_params.MessageCreateParamsNonStreaming, include_extras=True)
ALTERNATIVES = [
    (name, option)
    for name, hint in FIELDS.items()
    if name not in {*NOT_IN_THE_BODY, "messages", "model", "tools", "stream"}
    for option in options(hint)
]


@BOTH
@pytest.mark.parametrize(("name", "option"), ALTERNATIVES, ids=[f"{n}-{i}" for i, (n, _) in enumerate(ALTERNATIVES)])
def test_fields_of_a_call(name: str, option: Any, fill: Any) -> None:
    sent = fill(option) if is_typeddict(option) else value(option, lambda required: True)
    shaped(**{name: "global" if name == "inference_geo" and sent else sent})


def test_fields_of_count_tokens() -> None:
    hints = get_type_hints(message_count_tokens_params.MessageCountTokensParams, include_extras=True)
    body: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    for name in set(hints) - NOT_IN_THE_BODY - set(body) - {"tools"}:
        COUNT({**body, name: value(hints[name], lambda required: True)}, "")


def test_the_walk_sees_what_it_should() -> None:
    """Otherwise the tests above would hold of nothing."""
    assert {"TextBlockParam", "ToolResultBlockParam", "ContainerUploadBlockParam"} <= set(map(named, BLOCKS))
    assert {"ToolReferenceBlockParam", "BrowserStateBlockParam"} <= set(map(named, IN_RESULTS))
    assert {"ToolParam", "ComputerToolset20260801Param", "WebFetchTool20260318Param"} <= set(map(named, TOOLS))
    assert {"cache_control", "thinking", "diagnostics", "container"} <= {name for name, _ in ALTERNATIVES}
    full = fullest(next(b for b in BLOCKS if named(b) == "ToolResultBlockParam"))
    assert set(full) == {"type", "tool_use_id", "cache_control", "content", "is_error", "toolset_name"}
    with pytest.raises(ApiError, match="foo"):
        shaped(messages=[{"role": "user", "content": [{**smallest(BLOCKS[0]), "foo": 1}]}])
