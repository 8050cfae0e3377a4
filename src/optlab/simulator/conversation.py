"""A request read as one ordered list of blocks: tools, then system, then messages. Counting and caching both walk it.

A string is one text block. Same-role neighbours need no boundary between them, because they merge into one turn.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

Level = Literal["tools", "system", "messages"]
Ttl = Literal["5m", "1h"]
Body = dict[str, object]

_NEVER_MARKED = frozenset({"thinking", "redacted_thinking"})
_FREE_JSON = frozenset({"input", "input_schema", "schema", "input_examples"})


class Block(msgspec.Struct, frozen=True):
    """One position of the prompt. `ttl` is its own cache mark, `path` is where it stood in the request."""

    level: Level
    role: str
    kind: str
    content: Mapping[str, object]
    ttl: Ttl | None
    path: str

    @property
    def cacheable(self) -> bool:
        """Whether a cache mark may stand here: thinking blocks cannot carry one."""
        return self.kind not in _NEVER_MARKED


class Turn(msgspec.Struct, frozen=True):
    """Neighbouring messages of one role, merged."""

    role: str
    blocks: tuple[Block, ...]
    first_message: int


def read(body: Body) -> tuple[Block, ...]:
    """All blocks of a request that has the right shape, in the order in which they are cached."""
    return (*_tools(body), *_system(body), *_messages(body))


def turns(blocks: Sequence[Block]) -> list[Turn]:
    """The conversation as turns, system-role messages included."""
    merged: list[Turn] = []
    for block in blocks:
        if block.level != "messages":
            continue
        if merged and merged[-1].role == block.role:
            merged[-1] = msgspec.structs.replace(merged[-1], blocks=(*merged[-1].blocks, block))
        else:
            merged.append(Turn(block.role, (block,), int(block.path.split(".")[1])))
    return merged


def items(value: object) -> list[dict[str, object]]:
    """The objects of a JSON list; nothing where the field is absent."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def render(content: Mapping[str, object]) -> bytes:
    """The bytes of a block that a cache key depends on: no cache marks, no nulls, keys of the schema in one order.

    Inside free JSON (a tool's input or schema) the order of keys stays as sent: there it is part of the prompt.
    """
    return msgspec.json.encode(_canonical(content))


def _canonical(value: object) -> object:
    if isinstance(value, dict):
        return {
            k: v if k in _FREE_JSON else _canonical(v)
            for k, v in sorted(value.items())
            if k != "cache_control" and v is not None
        }
    if isinstance(value, list):
        return [_canonical(v) for v in value]
    return value


def _tools(body: Body) -> Iterator[Block]:
    for i, tool in enumerate(items(body.get("tools"))):
        yield _block("tools", "tool", tool, f"tools.{i}", str(tool.get("type") or "custom"))


def _system(body: Body) -> Iterator[Block]:
    system = body.get("system")
    if isinstance(system, str):
        if system:
            yield _block("system", "system", {"type": "text", "text": system}, "system")
        return
    for i, block in enumerate(items(system)):
        yield _block("system", "system", block, f"system.{i}")


def _messages(body: Body) -> Iterator[Block]:
    for i, message in enumerate(items(body.get("messages"))):
        role, content = str(message["role"]), message["content"]
        if isinstance(content, str):
            yield _block("messages", role, {"type": "text", "text": content}, f"messages.{i}.content")
            continue
        for j, block in enumerate(items(content)):
            yield _block("messages", role, block, f"messages.{i}.content.{j}")


def _block(level: Level, role: str, content: Mapping[str, object], path: str, kind: str | None = None) -> Block:
    mark = content.get("cache_control")
    ttl: Ttl | None = None
    if isinstance(mark, dict):
        ttl = "1h" if mark.get("ttl") == "1h" else "5m"
    return Block(level, role, kind or str(content["type"]), content, ttl, path)
