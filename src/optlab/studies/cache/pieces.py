"""A Messages request read as the list of pieces that a prompt cache sees: tools, then system, then messages.

A string equals one text block. A block that holds blocks (a tool result, a search result, a document) is its shell and
one piece for each of these, so that a breakpoint inside it stands where it was put. Source of the order, and of what
belongs to a prefix: Anthropic's prompt-caching page.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import msgspec

from optlab.catalogue.models import TokenizerFamily
from optlab.core.request import CacheTtl
from optlab.stats.breaker import shared_ends
from optlab.studies.cache.counting import TokenCounter

Level = Literal["tools", "system", "messages"]
LEVELS: Final[tuple[Level, ...]] = ("tools", "system", "messages")

_FREE_JSON: Final = frozenset({"input", "input_schema", "schema", "input_examples"})
_DEFAULTS: Final[Mapping[str, tuple[object, ...]]] = {
    "caller": ({"type": "direct"},),
    "citations": ([], {}, {"enabled": False}),
    "defer_loading": (False,),
    "is_error": (False,),
    "strict": (False,),
}
_SEPARATORS: Final = str.maketrans({mark: " " for mark in "{}[]()<>,;:.!?\"'`|=*#/\\"})


_SAME_ENDS: Final = 0.9
"""The share of a text in its unchanged beginning and end from which its words need not be compared."""


class MalformedError(ValueError):
    """A request that the API would not take; the sentence says where."""


class Content:
    """What a piece holds. Pieces with the same bytes share one, so that a long log keeps each text once."""

    __slots__ = ("_words", "digest", "text", "tokens")

    def __init__(self, digest: bytes, text: str, tokens: int) -> None:
        self.digest = digest
        self.text = text
        self.tokens = tokens
        self._words: frozenset[str] | None = None

    @property
    def words(self) -> frozenset[str]:
        """The distinct words without any digit: what stays when times, ids and counters change."""
        if self._words is None:
            self._words = words_of(self.text)
        return self._words


class Piece(msgspec.Struct, frozen=True, eq=False):
    """One piece of a prompt: where it stands in the request, what it holds, the breakpoint behind it.

    `name` is a tool's; `depth` is 0 for a block and 1 and more for what stands inside one; `cites` tells that citations
    are switched on.
    """

    level: Level
    path: str
    kind: str
    role: str
    content: Content
    depth: int = 0
    cites: bool = False
    name: str = ""
    ttl: CacheTtl | None = None


class PieceReader:
    """Turns request bodies into pieces. Equal contents are kept, and counted, once."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, TokenizerFamily], Content] = {}
        self._count = TokenCounter().count

    def read(self, body: Mapping[str, Any], family: TokenizerFamily) -> list[Piece]:
        """The pieces of a request in the order of its prefix, its top-level breakpoint set on the last one.

        Raises MalformedError where the API would refuse the request's shape or its breakpoints.
        """
        pieces = [*self._tools(body, family), *self._system(body, family), *self._messages(body, family)]
        return _with_top_level(pieces, _ttl(body, ""))

    def _tools(self, body: Mapping[str, Any], family: TokenizerFamily) -> Iterator[Piece]:
        for i, tool in enumerate(_objects(body.get("tools"), "tools")):
            kind = str(tool.get("type") or "custom")
            spoken = {key: value for key, value in tool.items() if key != "type"} if kind == "custom" else tool
            path = f"tools[{i}]"
            content = self._content(spoken, kind, "tool", 0, family)
            name = str(tool.get("name") or kind)
            yield Piece("tools", path, kind, "tool", content, name=name, ttl=_ttl(tool, path))

    def _system(self, body: Mapping[str, Any], family: TokenizerFamily) -> Iterator[Piece]:
        for i, block in enumerate(_blocks(body.get("system"), "system")):
            yield from self._block(block, "system", "system", f"system[{i}]", family)

    def _messages(self, body: Mapping[str, Any], family: TokenizerFamily) -> Iterator[Piece]:
        for i, message in enumerate(_objects(body.get("messages"), "messages")):
            role = message.get("role")
            if not isinstance(role, str):
                raise MalformedError(f"messages[{i}].role is missing")
            for j, block in enumerate(_blocks(message.get("content"), f"messages[{i}].content")):
                yield from self._block(block, "messages", role, f"messages[{i}].content[{j}]", family)

    def _block(
        self, block: Mapping[str, Any], level: Level, role: str, path: str, family: TokenizerFamily, depth: int = 0
    ) -> Iterator[Piece]:
        kind = block.get("type")
        if not isinstance(kind, str):
            raise MalformedError(f"{path}.type is missing")
        shell, inner, where = _opened(block, kind, path)
        own = Piece(level, path, kind, role, self._content(shell, kind, role, depth, family), depth, _cites(block))
        pieces = [own]
        for i, child in enumerate(inner):
            pieces += self._block(child, level, role, f"{path}.{where}[{i}]", family, depth + 1)
        ttl = _ttl(block, path)
        if ttl is not None:
            longest: CacheTtl = "1h" if "1h" in (ttl, pieces[-1].ttl) else ttl
            pieces[-1] = msgspec.structs.replace(pieces[-1], ttl=longest)
        yield from pieces

    def _content(
        self, content: Mapping[str, Any], kind: str, role: str, depth: int, family: TokenizerFamily
    ) -> Content:
        rendered = msgspec.json.encode(_canonical(content))
        digest = hashlib.blake2b(f"{role} {kind} {depth} ".encode() + rendered, digest_size=16).digest()
        known = self._known.get((digest, family))
        if known is None:
            plain = (
                content.get("text") if kind == "text" and content.keys() <= {"type", "text", "cache_control"} else None
            )
            text = plain if isinstance(plain, str) else rendered.decode()
            known = self._known[digest, family] = Content(digest, text, self._count(content, kind, role, text, family))
        return known


def words_of(text: str) -> frozenset[str]:
    """The distinct words of a text that have no digit in them."""
    return frozenset(word for word in text.translate(_SEPARATORS).split() if word.isalpha())


def alike(before: Content, after: Content) -> float:
    """How much two contents share, from 0 to 1: the words both have, of all they have (Jaccard); of long texts with
    the same beginning and end, the share of these."""
    if before is after:
        return 1.0
    longest = max(len(before.text), len(after.text))
    ends = sum(shared_ends(before.text, after.text)) / longest if longest else 1.0
    if ends >= _SAME_ENDS:
        return ends
    union = len(before.words | after.words)
    return len(before.words & after.words) / union if union else 1.0


def _with_top_level(pieces: list[Piece], ttl: CacheTtl | None) -> list[Piece]:
    marked = [piece for piece in pieces if piece.ttl is not None]
    if ttl is not None:
        last = next((i for i in range(len(pieces) - 1, -1, -1) if "thinking" not in pieces[i].kind), None)
        if last is not None and pieces[last].ttl is None:
            pieces[last] = msgspec.structs.replace(pieces[last], ttl=ttl)
            marked.append(pieces[last])
        elif last is not None and pieces[last].ttl != ttl:
            raise MalformedError(f"the top-level cache_control names another ttl than {pieces[last].path}")
    if len(marked) > 4:
        raise MalformedError(f"{len(marked)} blocks carry cache_control, and the API takes at most 4")
    return pieces


def _ttl(holder: Mapping[str, Any], path: str) -> CacheTtl | None:
    mark = holder.get("cache_control")
    if mark is None:
        return None
    where = f"{path}.cache_control" if path else "cache_control"
    if not isinstance(mark, Mapping) or mark.get("type") != "ephemeral":
        raise MalformedError(f'{where} is {{"type": "ephemeral"}}, with a "ttl" of "5m" or "1h" where one is wanted')
    ttl = mark.get("ttl")
    if ttl not in (None, "5m", "1h"):
        raise MalformedError(f'{where}.ttl is "5m" or "1h"')
    return "1h" if ttl == "1h" else "5m"


def _cites(block: Mapping[str, Any]) -> bool:
    setting = block.get("citations")
    return isinstance(setting, Mapping) and setting.get("enabled") is True


def _objects(value: object, path: str) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise MalformedError(f"{path} is no list of objects")
    return value


def _blocks(value: object, path: str) -> list[Mapping[str, Any]]:
    if isinstance(value, str):
        return [{"type": "text", "text": value}] if value else []
    return _objects(value, path)


def _opened(block: Mapping[str, Any], kind: str, path: str) -> tuple[Mapping[str, Any], list[Mapping[str, Any]], str]:
    """A block without the blocks inside it, these blocks, and the field that held them."""
    if kind in ("tool_result", "search_result"):
        shell = {key: value for key, value in block.items() if key != "content"}
        return shell, _blocks(block.get("content"), f"{path}.content"), "content"
    source = block.get("source")
    if kind == "document" and isinstance(source, Mapping) and source.get("type") == "content":
        inner = _blocks(source.get("content"), f"{path}.source.content")
        return {**block, "source": {"type": "content"}}, inner, "source.content"
    return block, [], ""


def _canonical(value: object) -> object:
    """Schema keys in one order, without marks, nulls and defaults spelled out; free JSON stays in the order sent."""
    if isinstance(value, dict):
        return {
            key: inner if key in _FREE_JSON else _canonical(inner)
            for key, inner in sorted(value.items())
            if key != "cache_control" and inner is not None and inner not in _DEFAULTS.get(key, ())
        }
    if isinstance(value, list):
        return [_canonical(inner) for inner in value]
    return value
