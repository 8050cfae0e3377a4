"""Token counts of a request. The estimate has no constant term, so blocks add up; a frame is added once per request.

Texts use the catalogue's estimator. Images, PDFs and the preamble of tools have no public formula: their numbers here
are assumptions of this project.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping

import msgspec

from optlab.catalogue import Model, estimate_tokens
from optlab.catalogue.models import TokenizerFamily
from optlab.simulator.request.conversation import Block, turns
from optlab.simulator.request.signatures import thinking_tokens_of

IMAGE_TOKENS = 1_500
PDF_BYTES_PER_TOKEN = 12
_REMEMBERED = 20_000
_SHORT = 512


class TokenCounter:
    """Counts blocks and remembers long ones by digest, so that memory does not grow with the texts seen.

    Large requests are counted in threads, hence the lock.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[bytes, str], int] = OrderedDict()
        self._lock = threading.Lock()

    def text(self, text: str, family: TokenizerFamily) -> int:
        """Estimated tokens of a text."""
        if len(text) <= _SHORT:
            return estimate_tokens(text, family)
        digest = (hashlib.blake2b(text.encode(), digest_size=16).digest(), family)
        known = self._seen.get(digest)
        if known is None:
            # The estimator's own cache would keep the text itself.
            known = estimate_tokens.__wrapped__(text, family)
            with self._lock:
                self._seen[digest] = known
                if len(self._seen) > _REMEMBERED:
                    self._seen.popitem(last=False)
        return known

    def parts(self, block: Block, family: TokenizerFamily) -> tuple[int, ...]:
        """Estimated tokens of each part of one block of a request."""
        if block.level == "tools":
            return (self.text(_tool_text(block.content), family),)
        return tuple(self._shell(part.content, family) for part in block.parts)

    def _shell(self, content: Mapping[str, object], family: TokenizerFamily) -> int:
        """Tokens of a block without the blocks inside it."""
        match content["type"]:
            case "text":
                return self.text(_str(content, "text"), family)
            case "image":
                return IMAGE_TOKENS
            case "document":
                return self._document(content, family)
            case "search_result":
                return self.text(f"{_str(content, 'title')}\n{_str(content, 'source')}", family)
            case "tool_use" | "server_tool_use":
                call = f"{_str(content, 'name')} {msgspec.json.encode(content['input']).decode()}"
                return self.text(call, family)
            case "thinking":
                kept = thinking_tokens_of(_str(content, "signature"))
                return kept if kept is not None else self.text(_str(content, "thinking"), family)
            case "redacted_thinking":
                return len(_str(content, "data")) // 4
            case "tool_reference":
                return self.text(_str(content, "tool_name"), family)
            case "browser_state":
                return self.text(msgspec.json.encode([content["tabs"], content.get("state_changes")]).decode(), family)
            case "tool_result" | "container_upload":
                return 0
            case _:
                return self.text(msgspec.json.encode(content.get("content")).decode(), family)

    def _document(self, content: Mapping[str, object], family: TokenizerFamily) -> int:
        source = content["source"]
        assert isinstance(source, dict)
        head = self.text(f"{_str(content, 'title')}\n{_str(content, 'context')}".strip(), family)
        match source["type"]:
            case "text":
                return head + self.text(_str(source, "data"), family)
            case "content":
                return head
            case "base64":
                return head + max(IMAGE_TOKENS, len(_str(source, "data")) * 3 // 4 // PDF_BYTES_PER_TOKEN)
            case _:
                return head + IMAGE_TOKENS


def without_dropped_thinking(blocks: tuple[Block, ...], model: Model) -> tuple[Block, ...]:
    """The blocks that reach the model: some models drop earlier thinking once a new user text arrives.

    Source: the prompt-caching page; which models these are stands in the catalogue.
    """
    if model.caching.keeps_earlier_thinking:
        return blocks
    last_text = -1
    conversation = turns(blocks)
    for i, turn in enumerate(conversation):
        if turn.role == "user" and any(b.kind != "tool_result" for b in turn.blocks):
            last_text = i
    stale = {
        b.path
        for turn in conversation[: max(last_text, 0)]
        for b in turn.blocks
        if b.kind in ("thinking", "redacted_thinking")
    }
    return tuple(b for b in blocks if b.path not in stale) if stale else blocks


def _tool_text(tool: Mapping[str, object]) -> str:
    schema = tool.get("input_schema")
    shown = "" if schema is None else msgspec.json.encode(schema).decode()
    return f"{_str(tool, 'name') or _str(tool, 'type')}\n{_str(tool, 'description')}\n{shown}"


def _str(content: Mapping[str, object], key: str) -> str:
    value = content.get(key)
    return value if isinstance(value, str) else ""
