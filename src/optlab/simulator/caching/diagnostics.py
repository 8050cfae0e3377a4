"""Cache diagnostics: why the prompt cache could not reuse the prefix of an earlier request.

Types and meanings: `diagnostics` and `cache_miss_*` of the Python package `anthropic` 2.12.0. The first difference is
reported, in the order model, tools, system, messages, everything else; the order is this project's decision.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from optlab.simulator.caching.cache import Claim
from optlab.simulator.request.conversation import Block, Level
from optlab.simulator.request.validation import Request

_MAX_RECORDS: Final = 50_000


class Fingerprint(msgspec.Struct, frozen=True):
    """A prompt as hashes. `messages` holds the hash of each beginning of the conversation, the shortest first."""

    workspace: str
    model: tuple[str, str]
    tools: bytes
    system: bytes
    messages: tuple[bytes, ...]
    others: bytes


class _Record(msgspec.Struct, frozen=True):
    """What is kept of a fingerprint: of `messages` only their number and the last."""

    model: tuple[str, str]
    tools: bytes
    system: bytes
    messages: int
    last_message: bytes
    others: bytes
    cached_tokens: int


def fingerprint(
    request: Request,
    workspace: str,
    blocks: Sequence[Block],
    digests: Sequence[Sequence[bytes]],
    toggles: Mapping[Level, object],
) -> Fingerprint:
    """The fingerprint of a request, from the digests of its blocks and the settings that invalidate a cache."""
    levels: dict[Level, list[bytes]] = {"tools": [], "system": [], "messages": []}
    for block, parts in zip(blocks, digests, strict=True):
        levels[block.level].append(b"".join(parts))
    return Fingerprint(
        workspace,
        (request.model.id, str(request.body.get("speed") or "standard")),
        _trail(levels["tools"])[-1],
        _trail(levels["system"])[-1],
        _trail(levels["messages"]),
        msgspec.json.encode(toggles),
    )


class PromptRecords:
    """The requests behind the messages sent so far, by key and message id; the oldest are forgotten first."""

    def __init__(self, max_records: int = _MAX_RECORDS) -> None:
        self._max_records = max_records
        self._records: OrderedDict[tuple[str, str], _Record] = OrderedDict()

    def __len__(self) -> int:
        return len(self._records)

    def remember(self, message_id: str, prompt: Fingerprint, claim: Claim) -> None:
        """Keeps a prompt under the id of its response, with the tokens that its claim made readable."""
        cached = claim.read_tokens + claim.write_5m_tokens + claim.write_1h_tokens
        self._records[prompt.workspace, message_id] = _Record(
            prompt.model,
            prompt.tools,
            prompt.system,
            len(prompt.messages),
            prompt.messages[-1],
            prompt.others,
            cached,
        )
        if len(self._records) > self._max_records:
            self._records.popitem(last=False)

    def compare(self, message_id: str, prompt: Fingerprint, read_tokens: int) -> dict[str, object] | None:
        """The `diagnostics` of a response: how its prompt differs from that of an earlier message; None if it does not.

        `cache_missed_input_tokens` is what the earlier request left readable minus what this one read.
        """
        before = self._records.get((prompt.workspace, message_id))
        if before is None:
            return {"cache_miss_reason": {"type": "previous_message_not_found"}}
        kind = _first_difference(before, prompt)
        if kind is None:
            return None
        reason: dict[str, object] = {"type": kind}
        if kind != "unavailable":
            reason["cache_missed_input_tokens"] = max(before.cached_tokens - read_tokens, 0)
        return {"cache_miss_reason": reason}


def _first_difference(before: _Record, prompt: Fingerprint) -> str | None:
    if before.model != prompt.model:
        return "model_changed"
    if before.tools != prompt.tools:
        return "tools_changed"
    if before.system != prompt.system:
        return "system_changed"
    if prompt.messages[before.messages - 1 : before.messages] != (before.last_message,):
        return "messages_changed"
    if before.others != prompt.others:
        return "unavailable"
    return None


def _trail(digests: Iterable[bytes]) -> tuple[bytes, ...]:
    """Cumulative hashes: one for nothing at all, then one after each digest."""
    running = hashlib.blake2b(digest_size=16)
    trail = [running.digest()]
    for digest in digests:
        running.update(digest)
        trail.append(running.digest())
    return tuple(trail)
