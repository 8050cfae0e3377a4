"""The shape of a request to the Messages API, as tables: which keys, of which type, on which version.

Sources: the request types of the Python package `anthropic` 2.12.0 and Anthropic's version-migration page.
"""

import re

from optlab.simulator.request.schema import (
    Check,
    Fields,
    anything,
    boolean,
    free_object,
    integer,
    list_of,
    nullable,
    number,
    one_of,
    record,
    string,
    tagged,
    text_or,
)

NEW_VERSION = "2026-10-21"
OLD_VERSION = "2023-06-01"

_TEXT = string()
_CACHE_CONTROL = nullable(tagged({"ephemeral": Fields(optional={"ttl": one_of("5m", "1h")})}))
_MARK = {"cache_control": _CACHE_CONTROL}
_CITATIONS = nullable(record(optional={"enabled": boolean}))
_CALLER = {"caller": free_object}

_IMAGE_SOURCE = tagged(
    {
        "base64": Fields(
            {"data": _TEXT, "media_type": one_of("image/jpeg", "image/png", "image/gif", "image/webp")},
        ),
        "url": Fields({"url": _TEXT}),
        "file": Fields({"file_id": _TEXT}),
    }
)
_TEXT_BLOCK = Fields({"text": _TEXT}, {**_MARK, "citations": nullable(list_of(free_object))})
_TRANSFORMATIONS = nullable(record(optional={"oversized_image": one_of("downsize", "error")}))
_IMAGE = Fields({"source": _IMAGE_SOURCE}, {**_MARK, "transformations": _TRANSFORMATIONS})
_DOCUMENT_SOURCE = tagged(
    {
        "base64": Fields({"data": _TEXT, "media_type": one_of("application/pdf")}),
        "text": Fields({"data": _TEXT, "media_type": one_of("text/plain")}),
        "content": Fields({"content": text_or(list_of(tagged({"text": _TEXT_BLOCK, "image": _IMAGE})))}),
        "url": Fields({"url": _TEXT}),
        "file": Fields({"file_id": _TEXT}),
    }
)
_DOCUMENT = Fields(
    {"source": _DOCUMENT_SOURCE},
    {**_MARK, "citations": _CITATIONS, "context": nullable(_TEXT), "title": nullable(_TEXT)},
)
_SEARCH_RESULT = Fields(
    {"content": list_of(tagged({"text": _TEXT_BLOCK})), "source": _TEXT, "title": _TEXT},
    {**_MARK, "citations": _CITATIONS},
)
_TOOL_REFERENCE = Fields({"tool_name": _TEXT}, _MARK)
_BROWSER_STATE = Fields({"tabs": list_of(free_object)}, {**_MARK, "state_changes": nullable(list_of(free_object))})
_RESULT_CONTENT = text_or(
    list_of(
        tagged(
            {
                "text": _TEXT_BLOCK,
                "image": _IMAGE,
                "document": _DOCUMENT,
                "search_result": _SEARCH_RESULT,
                "tool_reference": _TOOL_REFERENCE,
                "browser_state": _BROWSER_STATE,
            }
        )
    )
)
_SERVER_RESULT = Fields({"content": anything, "tool_use_id": _TEXT}, {**_MARK, **_CALLER})

BLOCKS: dict[str, Fields] = {
    "text": _TEXT_BLOCK,
    "image": _IMAGE,
    "document": _DOCUMENT,
    "search_result": _SEARCH_RESULT,
    "tool_use": Fields(
        {"id": string(at_least=1), "name": string(at_least=1, at_most=200), "input": free_object},
        {**_MARK, **_CALLER, "toolset_name": nullable(_TEXT)},
    ),
    "tool_result": Fields(
        {"tool_use_id": string(at_least=1)},
        {**_MARK, "content": _RESULT_CONTENT, "is_error": boolean, "toolset_name": nullable(_TEXT)},
    ),
    "thinking": Fields({"thinking": _TEXT, "signature": _TEXT}),
    "redacted_thinking": Fields({"data": _TEXT}),
    "server_tool_use": Fields({"id": _TEXT, "name": _TEXT, "input": free_object}, {**_MARK, **_CALLER}),
    "web_search_tool_result": _SERVER_RESULT,
    "web_fetch_tool_result": _SERVER_RESULT,
    "code_execution_tool_result": _SERVER_RESULT,
    "bash_code_execution_tool_result": _SERVER_RESULT,
    "text_editor_code_execution_tool_result": _SERVER_RESULT,
    "tool_search_tool_result": _SERVER_RESULT,
    "container_upload": Fields({"file_id": _TEXT}, _MARK),
}

_MESSAGE = record(
    {"role": one_of("user", "assistant", "system"), "content": text_or(list_of(tagged(BLOCKS)))},
)


def _system(value: object, path: str) -> None:
    text_or(list_of(_tagless_text))(value, path)


def _tagless_text(value: object, path: str) -> None:
    """A text block under `system`: one kind only, so the API leaves the tag out of the path."""
    record({"type": one_of("text"), **_TEXT_BLOCK.required}, _TEXT_BLOCK.optional)(value, path)


_NAME = string(pattern=r"[a-zA-Z0-9_-]{1,128}")


def _input_schema(value: object, path: str) -> None:
    record({"type": one_of("object")}, open=True)(value, path)


_CUSTOM_TOOL = Fields(
    {"name": _NAME, "input_schema": _input_schema},
    {
        **_MARK,
        "description": _TEXT,
        "strict": nullable(boolean),
        "allowed_callers": list_of(_TEXT),
        "defer_loading": boolean,
        "eager_input_streaming": nullable(boolean),
        "input_examples": list_of(free_object),
    },
)
_SERVER_TOOL = Fields(optional={**_MARK, "name": _NAME}, open=True)
_SERVER_TOOL_TYPE = re.compile(
    r"(bash|code_execution|memory|text_editor|web_search|web_fetch|tool_search_tool_(bm25|regex)"
    r"|computer_toolset|browser_toolset|computer)_\d{8}|tool_search_tool_(bm25|regex)"
)


_RUN_ON_SERVER = re.compile(r"(code_execution|web_search|web_fetch|tool_search_tool)(_|$).*")


def runs_on_server(tool_type: str) -> bool:
    """Whether Anthropic runs a tool of this type itself, so that the model's call never reaches the client."""
    return _RUN_ON_SERVER.fullmatch(tool_type) is not None


def _server_tool(tag: str) -> Fields | None:
    return _SERVER_TOOL if _SERVER_TOOL_TYPE.fullmatch(tag) else None


_PARALLEL = {"disable_parallel_tool_use": boolean}
_DISPLAY = {"display": nullable(one_of("summarized", "omitted"))}
_EFFORT = one_of("low", "medium", "high", "xhigh", "max")
_FORMAT = tagged({"json_schema": Fields({"schema": free_object})})

PROMPT_FIELDS: dict[str, Check] = {
    "system": _system,
    "tools": list_of(tagged({"custom": _CUSTOM_TOOL}, default="custom", otherwise=_server_tool)),
    "tool_choice": tagged(
        {
            "auto": Fields(optional=_PARALLEL),
            "any": Fields(optional=_PARALLEL),
            "tool": Fields({"name": _TEXT}, _PARALLEL),
            "none": Fields(),
        }
    ),
    "thinking": tagged(
        {
            "enabled": Fields({"budget_tokens": integer(at_least=1024)}, _DISPLAY),
            "adaptive": Fields(optional=_DISPLAY),
            "disabled": Fields(),
            "between_tools": Fields(),
        }
    ),
    "output_config": record(optional={"effort": nullable(_EFFORT), "format": nullable(_FORMAT)}),
    "cache_control": _CACHE_CONTROL,
    "speed": nullable(one_of("standard", "fast")),
}
"""The optional fields that make up a prompt: count_tokens takes these and no others."""

_SKILL = record({"skill_id": _TEXT, "type": one_of("anthropic", "custom")}, {"version": _TEXT})
_CONTAINER = record(optional={"id": nullable(_TEXT), "skills": nullable(list_of(_SKILL))})

_REQUIRED: dict[str, Check] = {"model": string(at_least=1, at_most=256), "messages": list_of(_MESSAGE, at_most=100_000)}

_CALL_FIELDS: dict[str, Check] = {
    **PROMPT_FIELDS,
    "stream": boolean,
    "stop_sequences": list_of(_TEXT),
    "metadata": record(optional={"user_id": nullable(string(at_most=256))}),
    "service_tier": one_of("auto", "standard_only"),
    "inference_geo": nullable(one_of("global", "us")),
    "container": nullable(text_or(_CONTAINER)),
    "diagnostics": nullable(record(optional={"previous_message_id": nullable(_TEXT)})),
}
_SAMPLING: dict[str, Check] = {
    "temperature": nullable(number(0, 1)),
    "top_p": nullable(number(0, 1)),
    "top_k": nullable(integer(at_least=0)),
}

MESSAGE: dict[str, Check] = {
    NEW_VERSION: record({**_REQUIRED, "max_tokens": integer(at_least=0)}, _CALL_FIELDS),
    OLD_VERSION: record({**_REQUIRED, "max_tokens": integer(at_least=0)}, {**_CALL_FIELDS, **_SAMPLING}),
}
"""POST /v1/messages by API version: the newer one knows no sampling parameters at all."""

COUNT: Check = record(_REQUIRED, PROMPT_FIELDS)
"""POST /v1/messages/count_tokens."""
