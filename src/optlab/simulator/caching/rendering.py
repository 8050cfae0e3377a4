"""What of a block goes into a cache key: every byte that reaches the model, and nothing that does not.

Left out are cache marks, nulls and defaults spelled out; the keys of the schema come in one order. Inside free JSON (a
tool's input or schema) the order of keys stays as sent: there it is part of the prompt. Source: the prompt-caching page
("100% identical segments"); which defaults leave no trace in the prompt is an assumption.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from optlab.simulator.request.conversation import Block

_FREE_JSON: Final = frozenset({"input", "input_schema", "schema", "input_examples"})
_DEFAULTS: Final[Mapping[str, tuple[object, ...]]] = {
    "caller": ({"type": "direct"},),
    "citations": ([], {}, {"enabled": False}),
    "defer_loading": (False,),
    "is_error": (False,),
    "strict": (False,),
}


def digests(blocks: Sequence[Block]) -> list[tuple[bytes, ...]]:
    """For each block, one digest for each of its parts."""
    return [
        tuple(
            mix(msgspec.json.encode([block.role, block.kind, part.depth]), render(part.content)) for part in block.parts
        )
        for block in blocks
    ]


def render(content: Mapping[str, object]) -> bytes:
    """The bytes of a block, or of a part of one, that a cache key depends on."""
    return msgspec.json.encode(_canonical(content))


def mix(key: bytes, more: bytes) -> bytes:
    """The next key of a hash chain (16 bytes)."""
    return hashlib.blake2b(key + more, digest_size=16).digest()


def _canonical(value: object) -> object:
    if isinstance(value, dict):
        return {
            k: v if k in _FREE_JSON else _canonical(v)
            for k, v in sorted(value.items())
            if k != "cache_control" and v is not None and v not in _DEFAULTS.get(k, ())
        }
    if isinstance(value, list):
        return [_canonical(v) for v in value]
    return value
