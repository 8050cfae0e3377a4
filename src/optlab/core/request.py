"""What goes to `messages.create`: one immutable request, and how a prompt becomes one."""

from collections.abc import Collection, Mapping
from typing import Any, Literal

import msgspec

from optlab.core.prompt import Prompt, Role, Segment

CacheTtl = Literal["5m", "1h"]


class Block(msgspec.Struct, frozen=True):
    """A text block, with a cache breakpoint behind it where `cache` names a lifetime.

    `segment` is the part of the prompt it was made of (empty: none), `cuttable` whether a lever may cut it unasked.
    """

    text: str
    cache: CacheTtl | None = None
    segment: str = ""
    cuttable: bool = False

    def body(self) -> dict[str, Any]:
        """The block as the API reads it."""
        return {"type": "text", "text": self.text, **_mark(self.cache)}


class Tool(msgspec.Struct, frozen=True):
    """One tool as a raw JSON object of the API, with a cache breakpoint behind it and its segment as a block has."""

    definition: dict[str, Any]
    cache: CacheTtl | None = None
    segment: str = ""
    cuttable: bool = False

    def body(self) -> dict[str, Any]:
        """The tool as the API reads it."""
        return {**self.definition, **_mark(self.cache)}


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

    `cache` is the top-level breakpoint ("automatic caching"). `batched`: the request stands for one of a batch, and
    what it takes is priced as there; the API is not told. Nor is it of the `purpose`: a "draft" is an answer that
    nobody sees until a "judge" has let it through.
    """

    model: str
    max_tokens: int
    messages: tuple[Turn, ...]
    system: tuple[Block, ...] = ()
    tools: tuple[Tool, ...] = ()
    cache: CacheTtl | None = None
    stream: bool = False
    effort: str | None = None
    thinking: dict[str, Any] | None = None
    stop_sequences: tuple[str, ...] = ()
    purpose: Literal["answer", "draft", "judge"] = "answer"
    batched: bool = False

    @property
    def parts(self) -> tuple[Tool | Block, ...]:
        """Everything the prompt is made of, in the order of a cache's prefix: tools, system, messages."""
        return (*self.tools, *self.system, *(block for turn in self.messages for block in turn.blocks))

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments of the prompt that are sent, in prefix order."""
        return tuple(dict.fromkeys(part.segment for part in self.parts if part.segment))

    @property
    def breakpoints(self) -> tuple[CacheTtl, ...]:
        """The lifetimes of all cache breakpoints, in prefix order; the top-level one last."""
        return tuple(ttl for ttl in (*(part.cache for part in self.parts), self.cache) if ttl)

    def body(self) -> dict[str, Any]:
        """The JSON body of POST /v1/messages; what is not asked for is left out."""
        optional: dict[str, Any] = {
            "system": [b.body() for b in self.system],
            "tools": [t.body() for t in self.tools],
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
        return tuple(text_of(part) for part in self.parts)

    def marked(self, part: Tool | Block, ttl: CacheTtl) -> "Request":
        """The request with a breakpoint behind one of its parts, which is found as the object that it is."""

        def with_mark(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
            return tuple(msgspec.structs.replace(b, cache=ttl) if b is part else b for b in blocks)

        return msgspec.structs.replace(
            self,
            tools=tuple(msgspec.structs.replace(t, cache=ttl) if t is part else t for t in self.tools),
            system=with_mark(self.system),
            messages=tuple(msgspec.structs.replace(t, blocks=with_mark(t.blocks)) for t in self.messages),
        )

    def without(self, segments: Collection[str]) -> "Request":
        """The request without these segments; a turn of which nothing is left goes with them."""
        turns = (
            msgspec.structs.replace(turn, blocks=tuple(b for b in turn.blocks if b.segment not in segments))
            for turn in self.messages
        )
        return msgspec.structs.replace(
            self,
            tools=tuple(t for t in self.tools if t.segment not in segments),
            system=tuple(b for b in self.system if b.segment not in segments),
            messages=tuple(turn for turn in turns if turn.blocks),
        )

    def salted(self, salt: str) -> "Request":
        """The request with `salt` in front of everything a cache could match, so that no arm reads another's entry.

        The prefix order is tools, system, messages: the salt goes into the first of these that exists.
        """
        if self.tools:
            tool = self.tools[0].definition
            described = tool | {"description": f"{salt} {tool.get('description', '')}".rstrip()}
            first = msgspec.structs.replace(self.tools[0], definition=described)
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
    user = tuple(map(_block, ready.active("user")))
    if not user:
        raise ValueError("the prompt has no user text left; switch a user segment on")
    history = tuple(Turn(s.role or "user", (_block(s),)) for s in ready.active("history"))
    return Request(
        model=model,
        max_tokens=max_tokens,
        system=tuple(map(_block, ready.active("system"))),
        tools=tuple(
            Tool(tool, segment=s.name, cuttable=s.trimmable)
            for s in ready.active("tools")
            for tool in _tools(s.name, s.text)
        ),
        messages=(*history, Turn("user", user)),
    )


def text_of(part: Tool | Block) -> str:
    """What of a part counts as tokens."""
    return part.text if isinstance(part, Block) else msgspec.json.encode(part.definition).decode()


def _block(segment: Segment) -> Block:
    return Block(segment.text, segment=segment.name, cuttable=segment.trimmable)


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
