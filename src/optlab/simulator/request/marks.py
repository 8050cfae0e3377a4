"""Cache marks of a request: how many, where, in which order, and what the top-level mark stands for.

Source: the rules and error texts of Anthropic's prompt-caching page.
"""

import itertools
from collections.abc import Iterator, Sequence

import msgspec

from optlab.simulator.errors import invalid
from optlab.simulator.request.conversation import Block, Mark, Ttl

MAX_MARKS = 4


def check_marks(blocks: Sequence[Block], top_level: object) -> None:
    """Raises a 400 for a fifth mark, a longer TTL after a shorter one, or two TTLs at one place."""
    marked = list(_marks(with_top_level(blocks, top_level)))
    if len(marked) > MAX_MARKS:
        found = len(list(_marks(blocks)))
        also = " (the top-level cache_control takes one slot)" if found <= MAX_MARKS else ""
        raise invalid(
            f"cache_control: A maximum of {MAX_MARKS} blocks with cache_control may be provided. "
            f"Found {len(marked)}{also}."
        )
    for earlier, later in itertools.pairwise(marked):
        if earlier.ttl == "5m" and later.ttl == "1h":
            raise invalid(
                f"{later.path}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' "
                "cache_control block. Note that blocks are processed in the order `tools`, `system`, `messages`."
            )


def with_top_level(blocks: Sequence[Block], top_level: object) -> tuple[Block, ...]:
    """The blocks with the top-level mark on the last one that can carry it; raises where another TTL stands there."""
    if not isinstance(top_level, dict):
        return tuple(blocks)
    ttl: Ttl = "1h" if top_level.get("ttl") == "1h" else "5m"
    for i in range(len(blocks) - 1, -1, -1):
        block = blocks[i]
        if not block.cacheable:
            continue
        if block.ttl not in (None, ttl):
            raise invalid(
                f"cache_control.ttl: the top-level ttl '{ttl}' contradicts the ttl '{block.ttl}' on {block.path}"
            )
        return (*blocks[:i], msgspec.structs.replace(block, ttl=ttl), *blocks[i + 1 :])
    return tuple(blocks)


def _marks(blocks: Sequence[Block]) -> Iterator[Mark]:
    """Every breakpoint in the order of the prompt; those inside a block come before its own."""
    for block in blocks:
        for part in block.parts:
            yield from part.marks
        if block.ttl:
            yield Mark(block.ttl, block.path)
