"""A reply as blocks with the token at which each delta exists: thinking first, then text or a tool call, cut exactly.

Pieces come from the stand-in model; this file knows limits, stop sequences and how pieces are gathered into deltas.
"""

import hashlib
import random
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

Kind = Literal["text", "thinking", "tool_use"]

MOST_TOKENS_A_DELTA = 12


class Delta(msgspec.Struct, frozen=True):
    """A part of a block that is sent at once, when `at_token` output tokens of the reply exist."""

    at_token: int
    text: str


class Block(msgspec.Struct, frozen=True):
    """One output block: how it begins in a stream, its deltas, and what it is as a whole."""

    kind: Kind
    start: Mapping[str, object]
    content: Mapping[str, object]
    deltas: tuple[Delta, ...]
    first_token: int
    last_token: int


class Reply(msgspec.Struct, frozen=True):
    """Everything a response holds besides ids and prompt tokens."""

    blocks: tuple[Block, ...]
    stop_reason: str
    output_tokens: int
    thinking_tokens: int = 0
    stop_sequence: str | None = None


def deltas(pieces: Sequence[str], first_token: int, rng: random.Random) -> tuple[Delta, ...]:
    """One-token pieces gathered into deltas of 1 to 12 tokens. The first holds one, so that it marks the first token.

    A delta is sent when its last token exists. Pieces without text join the next delta.
    """
    gathered: list[Delta] = []
    waiting, size, held = "", 1, 0
    for i, piece in enumerate(pieces):
        waiting += piece
        held += 1
        if waiting and held >= size:
            gathered.append(Delta(first_token + i, waiting))
            waiting, held = "", 0
            size = min(1 + int(rng.expovariate(0.28)), MOST_TOKENS_A_DELTA)
    if waiting:
        gathered.append(Delta(first_token + len(pieces) - 1, waiting))
    return tuple(gathered)


def text_block(pieces: Sequence[str], after: int, rng: random.Random) -> Block:
    """A text block whose pieces follow `after` tokens of output."""
    return Block(
        "text",
        {"type": "text", "text": ""},
        {"type": "text", "text": "".join(pieces), "citations": None},
        deltas(pieces, after + 1, rng),
        after + 1,
        after + len(pieces),
    )


def thinking_block(tokens: int, visible: Sequence[str], signature: str, rng: random.Random) -> Block:
    """A thinking block of so many tokens at the head of a reply; `visible` are the pieces of its summary, if shown.

    A summary is shorter than what it sums up: its pieces are spread evenly over the tokens.
    """
    spread = deltas(visible, 1, rng)
    stretched = tuple(Delta(max(1, d.at_token * tokens // max(len(visible), 1)), d.text) for d in spread)
    content = {"type": "thinking", "thinking": "".join(visible), "signature": signature}
    start = {"type": "thinking", "thinking": "", "signature": ""}
    return Block("thinking", start, content, stretched, 1, tokens)


def tool_block(use_id: str, name: str, value: object, pieces: Sequence[str], after: int, rng: random.Random) -> Block:
    """A tool call whose input JSON is spelled by `pieces`."""
    shared = {"type": "tool_use", "id": use_id, "name": name}
    caller = {"caller": {"type": "direct"}}
    return Block(
        "tool_use",
        {**shared, "input": {}, **caller},
        {**shared, "input": value, **caller},
        deltas(pieces, after + 1, rng),
        after + 1,
        after + max(len(pieces), 1),
    )


def digest(seed: bytes) -> str:
    """64 hexadecimal digits that depend on the draw, for signatures."""
    return hashlib.sha256(seed).hexdigest()
