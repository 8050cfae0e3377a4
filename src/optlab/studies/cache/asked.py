"""One logged request as a prompt cache sees it: the positions at which its prefix may end, and what each depends on."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from optlab.catalogue import Model, load
from optlab.core.request import CacheTtl
from optlab.core.usage import Terms
from optlab.studies.cache.pieces import LEVELS, Level, MalformedError, Piece, PieceReader

UNKNOWN_MINIMUM: Final = 1_024
"""Tokens from which a model that the catalogue lacks is taken to cache: the most common value."""

_RUNS: Final = frozenset({"tool_use", "tool_result"})


class Root(msgspec.Struct, frozen=True):
    """What must be equal before any prefix can be: another of these is another cache."""

    model: str
    speed: str
    workspace: str


class Switch(msgspec.Struct, frozen=True):
    """A setting that is part of the prefix from some level on. `path` names it, or the first block that sets it."""

    level: Level
    path: str
    value: object


class Asked(msgspec.Struct, frozen=True, eq=False):
    """One request of a log. `keys`, `trail`, `tokens` and `steps` have an entry for each piece: the hash of the prefix
    that ends there with all it depends on, and of its bytes alone; its tokens; its position (a run of tool calls, or of
    tool results, is one position).

    `at` is in epoch seconds, `began_s` how many seconds later its answer began, `read_tokens` what its response said
    was read from the cache; None where the log does not say. `us_only` keeps inference to the United States.
    """

    index: int
    root: Root
    model: Model | None
    pieces: tuple[Piece, ...]
    switches: Mapping[str, Switch]
    keys: tuple[bytes, ...]
    trail: tuple[bytes, ...]
    tokens: tuple[int, ...]
    steps: tuple[int, ...]
    at: float | None = None
    began_s: float | None = None
    read_tokens: int | None = None
    us_only: bool = False

    @property
    def terms(self) -> Terms:
        """What changes the price of the request."""
        return Terms(fast=self.root.speed == "fast", us_only=self.us_only)

    @property
    def minimum(self) -> int:
        """Tokens a prefix must have to be cached."""
        return self.model.limits.min_cacheable_tokens if self.model else UNKNOWN_MINIMUM

    @property
    def marks(self) -> list[int]:
        """Positions of all breakpoints."""
        return [i for i, piece in enumerate(self.pieces) if piece.ttl is not None]

    @property
    def usable(self) -> list[int]:
        """Positions of the breakpoints that are long enough to exist."""
        return [i for i in self.marks if self.tokens[i] >= self.minimum]

    @property
    def prompt_tokens(self) -> int:
        """Estimated tokens of the whole prompt, without the frame that every request adds."""
        return self.tokens[-1] if self.tokens else 0

    def before(self, position: int) -> int:
        """Tokens in front of a position."""
        return self.tokens[position - 1] if position else 0

    def ttl(self, position: int) -> CacheTtl:
        """The lifetime that the breakpoint at a position asks for."""
        return self.pieces[position].ttl or "5m"


class AskedReader:
    """Reads requests one after the other; what they share is kept once."""

    def __init__(self) -> None:
        self._pieces = PieceReader()

    def read(
        self,
        body: Mapping[str, Any],
        index: int = 0,
        *,
        workspace: str = "",
        at: float | None = None,
        began_s: float | None = None,
        read_tokens: int | None = None,
    ) -> Asked:
        """The request of one JSON body. Raises MalformedError where the API would refuse it."""
        name = body.get("model")
        if not isinstance(name, str) or not name:
            raise MalformedError("model is missing")
        if not isinstance(body.get("messages"), list):
            raise MalformedError("messages is missing, or no list")
        model = load().find(name)
        pieces = self._pieces.read(body, model.tokenizer.family if model else "old")
        if model and not model.caching.keeps_earlier_thinking:
            pieces = _without_stale_thinking(pieces)
        root = Root(model.id if model else name, str(body.get("speed") or "standard"), workspace)
        switches = _switches(body, model, pieces)
        chain = _chain(root, switches, pieces)
        us_only = body.get("inference_geo") == "us"
        return Asked(index, root, model, tuple(pieces), switches, *chain, at, began_s, read_tokens, us_only)


def _chain(
    root: Root, switches: Mapping[str, Switch], pieces: Sequence[Piece]
) -> tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[int, ...], tuple[int, ...]]:
    """Keys, trail, tokens and steps of the prefixes. Each switch enters the hash where its level begins."""
    key, bare = _mix(b"", [root.workspace, root.model]), b""
    entered = 0
    keys, trail, tokens, steps = [], [], [], []
    total, step, before = 0, 0, ""
    for piece in pieces:
        while LEVELS[:entered][-1:] != (piece.level,):
            level = LEVELS[entered]
            entered += 1
            speed = root.speed if level == "system" else ""
            key = _mix(key, [speed, {name: s.value for name, s in switches.items() if s.level == level}])
        key = hashlib.blake2b(key + piece.content.digest, digest_size=16).digest()
        bare = hashlib.blake2b(bare + piece.content.digest, digest_size=16).digest()
        if not piece.depth:
            step += 0 if piece.kind in _RUNS and piece.kind == before else 1
            before = piece.kind
        total += piece.content.tokens
        keys.append(key)
        trail.append(bare)
        tokens.append(total)
        steps.append(step)
    return tuple(keys), tuple(trail), tuple(tokens), tuple(steps)


def _mix(key: bytes, more: object) -> bytes:
    return hashlib.blake2b(key + msgspec.json.encode(more, order="deterministic"), digest_size=16).digest()


def _switches(body: Mapping[str, Any], model: Model | None, pieces: Sequence[Piece]) -> dict[str, Switch]:
    """The settings that are part of a prefix, defaults resolved, so that spelling one out changes nothing.

    Web search and citations count from the system on, tool choice, output format and the presence of images from the
    messages on, thinking and effort from there or from the very beginning, as the model's catalogue entry says.
    """
    choice = _section(body, "tool_choice") or {"type": "auto"}
    output = _section(body, "output_config")
    thinking = _section(body, "thinking")
    early: Level = model.caching.thinking_and_effort_invalidate if model else "messages"
    effort = output.get("effort") or (model.capabilities.effort.default if model else None)
    search = _first(pieces, lambda piece: piece.level == "tools" and piece.kind.startswith("web_search"))
    cited = _first(pieces, lambda piece: piece.cites)
    image = _first(pieces, lambda piece: piece.kind == "image")
    return {
        "web_search": Switch("system", search or "tools", search is not None),
        "citations": Switch("system", cited or "citations", cited is not None),
        "tool_choice": Switch(
            "messages",
            "tool_choice",
            [choice.get("type"), choice.get("name"), bool(choice.get("disable_parallel_tool_use"))],
        ),
        "output_format": Switch("messages", "output_config.format", output.get("format")),
        "images": Switch("messages", image or "images", image is not None),
        "thinking": Switch(early, "thinking", [_thinking(thinking, model), thinking.get("budget_tokens")]),
        "effort": Switch(early, "output_config.effort", effort),
    }


def _thinking(section: Mapping[str, Any], model: Model | None) -> str:
    kind = section.get("type")
    if kind is None:
        return model.capabilities.thinking.default_when_omitted if model else "off"
    return "off" if kind in ("disabled", "between_tools") else str(kind)


def _section(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}


def _first(pieces: Sequence[Piece], wanted: Callable[[Piece], bool]) -> str | None:
    return next((piece.path for piece in pieces if wanted(piece)), None)


def _without_stale_thinking(pieces: list[Piece]) -> list[Piece]:
    """What reaches a model that drops the thinking of earlier turns once a new user text arrives."""
    last = max(
        (
            i
            for i, piece in enumerate(pieces)
            if piece.level == "messages" and piece.role == "user" and not piece.depth and piece.kind != "tool_result"
        ),
        default=-1,
    )
    return [piece for i, piece in enumerate(pieces) if i > last or "thinking" not in piece.kind]
