"""A request read as one ordered list of blocks: tools, then system, then messages. Counting and caching both walk it.

A string is one text block. Same-role neighbours need no boundary between them, because they merge into one turn.
Blocks that hold blocks (tool results, search results, documents) are walked part by part, so that a cache mark inside
them stands where it was put.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

Level = Literal["tools", "system", "messages"]
Ttl = Literal["5m", "1h"]
Body = dict[str, object]

_NEVER_MARKED = frozenset({"thinking", "redacted_thinking"})


class Mark(msgspec.Struct, frozen=True):
    """A cache breakpoint: its lifetime and where it stood in the request."""

    ttl: Ttl
    path: str


class Part(msgspec.Struct, frozen=True):
    """A block without the blocks inside it, or one of those. `marks` are nested breakpoints that end here."""

    content: Mapping[str, object]
    depth: int
    path: str
    marks: tuple[Mark, ...] = ()


class Block(msgspec.Struct, frozen=True):
    """One position of the prompt. `ttl` is its own cache mark, `path` is where it stood in the request."""

    level: Level
    role: str
    kind: str
    content: Mapping[str, object]
    ttl: Ttl | None
    path: str
    parts: tuple[Part, ...]

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
    merged: list[tuple[str, list[Block]]] = []
    for block in blocks:
        if block.level != "messages":
            continue
        if merged and merged[-1][0] == block.role:
            merged[-1][1].append(block)
        else:
            merged.append((block.role, [block]))
    return [Turn(role, tuple(held), int(held[0].path.split(".")[1])) for role, held in merged]


def items(value: object) -> list[dict[str, object]]:
    """The objects of a JSON list; nothing where the field is absent."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _tools(body: Body) -> Iterator[Block]:
    for i, tool in enumerate(items(body.get("tools"))):
        kind = str(tool.get("type") or "custom")
        spoken = {k: v for k, v in tool.items() if k != "type"} if kind == "custom" else tool
        yield Block("tools", "tool", kind, spoken, _ttl(tool), f"tools.{i}", (Part(spoken, 0, f"tools.{i}"),))


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
            if content:
                yield _block("messages", role, {"type": "text", "text": content}, f"messages.{i}.content")
            continue
        for j, block in enumerate(items(content)):
            yield _block("messages", role, block, f"messages.{i}.content.{j}")


def _block(level: Level, role: str, content: Mapping[str, object], path: str) -> Block:
    return Block(level, role, str(content["type"]), content, _ttl(content), path, tuple(_parts(content, 0, path)))


def _ttl(content: Mapping[str, object]) -> Ttl | None:
    mark = content.get("cache_control")
    if not isinstance(mark, dict):
        return None
    return "1h" if mark.get("ttl") == "1h" else "5m"


def _parts(content: Mapping[str, object], depth: int, path: str) -> list[Part]:
    shell, inner, where = _opened(content)
    parts = [Part(shell, depth, path)]
    for i, child in enumerate(inner):
        child_path = f"{path}.{where}.{i}"
        below = _parts(child, depth + 1, child_path)
        ttl = _ttl(child)
        if ttl:
            below[-1] = msgspec.structs.replace(below[-1], marks=(*below[-1].marks, Mark(ttl, child_path)))
        parts += below
    return parts


def _opened(content: Mapping[str, object]) -> tuple[Mapping[str, object], list[dict[str, object]], str]:
    """A block without its inner blocks, these blocks, and the field that held them."""
    if content["type"] in ("tool_result", "search_result"):
        shell = {k: v for k, v in content.items() if k != "content"}
        return shell, _inner(content.get("content")), "content"
    source = content.get("source")
    if content["type"] == "document" and isinstance(source, dict) and source["type"] == "content":
        return {**content, "source": {"type": "content"}}, _inner(source["content"]), "source.content"
    return content, [], ""


def _inner(value: object) -> list[dict[str, object]]:
    if isinstance(value, str):
        return [{"type": "text", "text": value}] if value else []
    return items(value)
