"""What goes to `messages.create`: one immutable request, and how a prompt becomes one."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from optlab.core.prompt import Prompt, Role

CacheTtl = Literal["5m", "1h"]


class Block(msgspec.Struct, frozen=True):
    """A text block, with a cache breakpoint behind it where `cache` names a lifetime."""

    text: str
    cache: CacheTtl | None = None

    def body(self) -> dict[str, Any]:
        """The block as the API reads it."""
        return {"type": "text", "text": self.text, **_mark(self.cache)}


class Turn(msgspec.Struct, frozen=True):
    """One message: who speaks, in which blocks."""

    role: Role
    blocks: tuple[Block, ...]

    def body(self) -> dict[str, Any]:
        """The message as the API reads it; a lone unmarked block is written as a plain string."""
        if len(self.blocks) == 1 and self.blocks[0].cache is None:
            return {"role": self.role, "content": self.blocks[0].text}
        return {"role": self.role, "content": [b.body() for b in self.blocks]}


class Request(msgspec.Struct, frozen=True):
    """One Messages request. Levers make new ones; nobody changes one.

    `tools` are raw JSON objects of the API. `cache` is the top-level breakpoint ("automatic caching"); `tools_cache`
    a breakpoint behind the last tool. `purpose` is not sent: a "draft" is an answer that nobody sees until a "judge"
    has let it through.
    """

    model: str
    max_tokens: int
    messages: tuple[Turn, ...]
    system: tuple[Block, ...] = ()
    tools: tuple[dict[str, Any], ...] = ()
    tools_cache: CacheTtl | None = None
    cache: CacheTtl | None = None
    stream: bool = False
    effort: str | None = None
    thinking: dict[str, Any] | None = None
    stop_sequences: tuple[str, ...] = ()
    purpose: Literal["answer", "draft", "judge"] = "answer"

    @property
    def breakpoints(self) -> tuple[CacheTtl, ...]:
        """The lifetimes of all cache breakpoints, in prefix order; the top-level one last."""
        blocks = (*self.system, *(b for turn in self.messages for b in turn.blocks))
        return tuple(ttl for ttl in (self.tools_cache, *(b.cache for b in blocks), self.cache) if ttl)

    def body(self) -> dict[str, Any]:
        """The JSON body of POST /v1/messages; what is not asked for is left out."""
        tools = [dict(t) for t in self.tools]
        if tools and self.tools_cache:
            tools[-1] |= _mark(self.tools_cache)
        optional: dict[str, Any] = {
            "system": [b.body() for b in self.system],
            "tools": tools,
            "thinking": self.thinking,
            "output_config": {"effort": self.effort} if self.effort else None,
            "stop_sequences": list(self.stop_sequences),
            "stream": self.stream,
        }
        return {
            "model": self.model,
            "max_tokens": self.max_tokens,
            "messages": [turn.body() for turn in self.messages],
            **{name: value for name, value in optional.items() if value},
            **_mark(self.cache),
        }

    def texts(self) -> tuple[str, ...]:
        """Every text the prompt is made of, for an offline token estimate (block counts add up)."""
        tools = tuple(msgspec.json.encode(t).decode() for t in self.tools)
        return (*tools, *(b.text for b in self.system), *(b.text for t in self.messages for b in t.blocks))

    def salted(self, salt: str) -> "Request":
        """The request with `salt` in front of everything a cache could match, so that no arm reads another's entry.

        The prefix order is tools, system, messages: the salt goes into the first of these that exists.
        """
        if self.tools:
            first = self.tools[0] | {"description": f"{salt} {self.tools[0].get('description', '')}".rstrip()}
            return msgspec.structs.replace(self, tools=(first, *self.tools[1:]))
        if self.system:
            return msgspec.structs.replace(self, system=_salt_first(self.system, salt))
        turn = self.messages[0]
        salted = msgspec.structs.replace(turn, blocks=_salt_first(turn.blocks, salt))
        return msgspec.structs.replace(self, messages=(salted, *self.messages[1:]))


def compose(prompt: Prompt, variables: Mapping[str, str], *, model: str, max_tokens: int) -> Request:
    """The request that a prompt makes for one sample's variables: no lever pulled, not streamed.

    System segments become system blocks, history segments turns, user segments the blocks of one last user turn.
    Raises ValueError where no user segment is left, or where a tools segment is not JSON.
    """
    ready = prompt.filled(variables)
    user = tuple(Block(s.text) for s in ready.active("user"))
    if not user:
        raise ValueError("the prompt has no user text left; switch a user segment on")
    history = tuple(Turn(s.role or "user", (Block(s.text),)) for s in ready.active("history"))
    return Request(
        model=model,
        max_tokens=max_tokens,
        system=tuple(Block(s.text) for s in ready.active("system")),
        tools=tuple(tool for s in ready.active("tools") for tool in _tools(s.name, s.text)),
        messages=(*history, Turn("user", user)),
    )


def _tools(name: str, text: str) -> list[dict[str, Any]]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"segment {name!r} is no JSON ({error}); a tools segment holds one tool or a list") from None
    tools = found if isinstance(found, list) else [found]
    if not all(isinstance(tool, dict) for tool in tools):
        raise ValueError(f"segment {name!r} holds something that is not a JSON object; a tool is an object")
    return tools


def _salt_first(blocks: tuple[Block, ...], salt: str) -> tuple[Block, ...]:
    return (msgspec.structs.replace(blocks[0], text=f"{salt} {blocks[0].text}"), *blocks[1:])


def _mark(ttl: CacheTtl | None) -> dict[str, Any]:
    if ttl is None:
        return {}
    return {"cache_control": {"type": "ephemeral", "ttl": "1h"} if ttl == "1h" else {"type": "ephemeral"}}
