"""The JSON body of one Messages request, as far as a scenario can hold it; what it cannot hold is named."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from optlab.catalogue import load as load_catalogue
from optlab.core.prompt import Role

_HELD: Final = ("model", "max_tokens", "system", "tools", "messages")
_LEVERS: Final = {"stream": "streaming", "cache_control": "caching"}
"""What a lever of this name puts into a request."""
DEFAULTED: Final = ("temperature", "top_p", "top_k", "stop_sequences", "thinking")
"""What may change answers, is in very many requests, and is measured as the model has it by itself."""
_AS_UNSAID: Final[Mapping[str, tuple[object, ...]]] = {
    "stream": (False,),
    "temperature": (1,),
    "tool_choice": ({"type": "auto"},),
    "stop_sequences": ([],),
    "output_config": ({},),
    "mcp_servers": ([],),
}
"""Values that say what saying nothing says; null always does."""
_ASKED: Final = frozenset(
    (
        "betas",
        "container",
        "context_management",
        "fallbacks",
        "inference_geo",
        "mcp_servers",
        "output_config",
        "output_format",
        "speed",
        "tool_choice",
    )
)
"""What the API knows and a scenario neither holds nor does without. Other keys are the user's, as a log has them."""
_MOST_NAMED = 4


class WrittenRequest(msgspec.Struct, frozen=True):
    """One request: system texts, tools as raw JSON objects, earlier turns, and the texts of the last user message.

    `left_out` are keys that make no part of a scenario.
    """

    model: str
    max_tokens: int
    system: tuple[str, ...]
    tools: tuple[dict[str, Any], ...]
    history: tuple[tuple[Role, str], ...]
    question: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything in which a variable could stand."""
        return (*self.system, *map(tool_text, self.tools), *(text for _, text in self.history), *self.question)


def read_request(body: Mapping[str, Any]) -> WrittenRequest:
    """The request of a JSON object. Raises ValueError in a few words that say where, or what cannot be held."""
    reader = _Reader()
    request = reader.request(body)
    if reader.beyond:
        named = ", ".join(reader.beyond[:_MOST_NAMED])
        more = f" and {len(reader.beyond) - _MOST_NAMED} more" if len(reader.beyond) > _MOST_NAMED else ""
        raise ValueError(f"a scenario holds texts and tools, but not {named}{more}; take that out of the request")
    return request


def tool_text(tool: Mapping[str, Any]) -> str:
    """A tool as the text of a segment, so that it can be read and edited."""
    return json.dumps(tool, ensure_ascii=False, indent=2)


class _Reader:
    """Reads one body; collects what is beyond a scenario, so that all of it is named at once."""

    def __init__(self) -> None:
        self.beyond: list[str] = []
        self._left_out: dict[str, None] = {}

    def request(self, body: Mapping[str, Any]) -> WrittenRequest:
        self._settings(body)
        turns = self._turns(body.get("messages"))
        if turns and turns[-1][0] != "user" and not self.beyond:
            raise ValueError(
                f"messages[{turns[-1][1]}] is the assistant's, and a scenario ends with what the user says; take it out"
            )
        if not turns and not self.beyond:
            raise ValueError("messages holds no message; a request has at least one of the user's")
        last = turns[-1][1] if turns else 0
        return WrittenRequest(
            model=self._model(body),
            max_tokens=self._max_tokens(body),
            system=tuple(self._texts(body.get("system"), "system")),
            tools=tuple(self._tools(body.get("tools"))),
            history=tuple((role, text) for role, index, text in turns if index != last),
            question=tuple(text for _, index, text in turns if index == last),
            left_out=tuple(self._left_out),
        )

    def _settings(self, body: Mapping[str, Any]) -> None:
        for name, value in body.items():
            if name in _HELD or value is None or _as_unsaid(name, value, body.get("model")):
                continue
            if name in _ASKED:
                self.beyond.append(name)
            else:
                self._leave(name)

    def _leave(self, name: str) -> None:
        lever = _LEVERS.get(name)
        self._left_out[f"{name} (pull the lever {lever})" if lever else name] = None

    @staticmethod
    def _model(body: Mapping[str, Any]) -> str:
        model = body.get("model")
        if not isinstance(model, str) or not model:
            raise ValueError("model is missing")
        return model

    @staticmethod
    def _max_tokens(body: Mapping[str, Any]) -> int:
        most = body.get("max_tokens")
        if isinstance(most, bool) or not isinstance(most, int):
            raise ValueError("max_tokens is missing, or no whole number")
        return most

    def _turns(self, messages: object) -> list[tuple[Role, int, str]]:
        """Role, number of the message, and text of every text block."""
        turns: list[tuple[Role, int, str]] = []
        for index, message in enumerate(_objects(messages, "messages")):
            role = message.get("role")
            if role != "user" and role != "assistant":
                raise ValueError(f"messages[{index}].role is user or assistant")
            content = message.get("content")
            turns += [(role, index, text) for text in self._texts(content, f"messages[{index}].content")]
        return turns

    def _texts(self, content: object, path: str) -> Iterator[str]:
        if isinstance(content, str):
            if content or path != "system":
                yield _spoken(content, path)
            return
        for number, block in enumerate(_objects(content, path)):
            here = f"{path}[{number}]"
            kind = block.get("type")
            if kind != "text":
                self.beyond.append(f"{here} ({kind})" if isinstance(kind, str) else f"{here} (no type)")
                continue
            for name, value in block.items():
                if name == "cache_control" and value is not None:
                    self._leave(name)
                elif name not in ("type", "text", "cache_control") and value:
                    self.beyond.append(f"{here}.{name}")
            yield _spoken(block.get("text"), here)

    def _tools(self, tools: object) -> Iterator[dict[str, Any]]:
        for tool in _objects(tools, "tools"):
            if tool.get("cache_control") is not None:
                self._leave("cache_control")
            yield {name: value for name, value in tool.items() if name != "cache_control"}


def _as_unsaid(name: str, value: object, model: object) -> bool:
    """Whether a key says what saying nothing says; of thinking and effort that depends on the model."""
    known = load_catalogue().find(model) if isinstance(model, str) else None
    if known is not None and name == "thinking":
        return value == {"type": "disabled"} and not known.capabilities.thinking.on_by_default
    if known is not None and name == "output_config":
        return value in ({}, {"effort": known.capabilities.effort.default})
    return value in _AS_UNSAID.get(name, ())


def _objects(value: object, path: str) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError(f"{path} is no list of objects")
    return value


def _spoken(text: object, path: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{path} says nothing, and the API refuses that")
    return text
