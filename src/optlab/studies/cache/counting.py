"""Tokens of one piece of a prompt, by the catalogue's offline estimate.

Images, PDFs and what a tool adds have no public formula: their numbers here are assumptions.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from optlab.catalogue import estimate_tokens
from optlab.catalogue.models import TokenizerFamily

IMAGE_TOKENS: Final = 1_500
"""Of any image; a PDF is taken as one image at least, a token for every 12 bytes."""

_PDF_BYTES_PER_TOKEN: Final = 12
_LONG: Final = 2_000
_DIGITS: Final = str.maketrans(dict.fromkeys("0123456789", "0"))


class TokenCounter:
    """Counts pieces, and remembers long texts by their shape, so that a clock in a long text is not counted anew."""

    def __init__(self) -> None:
        self._alike: dict[tuple[TokenizerFamily, int, int], int] = {}

    def count(self, content: Mapping[str, Any], kind: str, role: str, text: str, family: TokenizerFamily) -> int:
        """Estimated tokens of a piece without the blocks inside it; `text` is what is counted of unknown kinds."""
        match kind:
            case "image":
                return IMAGE_TOKENS
            case "document":
                return self._document(content, family)
            case "tool_result" | "container_upload":
                return 0
            case "tool_use" | "server_tool_use":
                call = f"{_field(content, 'name')} {msgspec.json.encode(content.get('input')).decode()}"
                return self._text(call, family)
            case "search_result":
                return self._text(f"{_field(content, 'title')}\n{_field(content, 'source')}", family)
            case "thinking":
                return self._text(_field(content, "thinking"), family)
            case "redacted_thinking":
                return len(_field(content, "data")) // 4
            case "text":
                return self._text(_field(content, "text"), family)
        if role == "tool":
            schema = content.get("input_schema")
            shown = "" if schema is None else msgspec.json.encode(schema).decode()
            name = _field(content, "name") or _field(content, "type")
            return self._text(f"{name}\n{_field(content, 'description')}\n{shown}", family)
        return self._text(text, family)

    def _document(self, content: Mapping[str, Any], family: TokenizerFamily) -> int:
        head = self._text(f"{_field(content, 'title')}\n{_field(content, 'context')}".strip(), family)
        source = content.get("source")
        if not isinstance(source, Mapping):
            return head + IMAGE_TOKENS
        match source.get("type"):
            case "text":
                return head + self._text(_field(source, "data"), family)
            case "content":
                return head
            case "base64":
                return head + max(IMAGE_TOKENS, len(_field(source, "data")) * 3 // 4 // _PDF_BYTES_PER_TOKEN)
        return head + IMAGE_TOKENS

    def _text(self, text: str, family: TokenizerFamily) -> int:
        """Estimated tokens. Long texts that differ in digits alone, place by place, are counted once."""
        if len(text) < _LONG:
            return estimate_tokens(text, family)
        shape = (family, len(text), hash(text.translate(_DIGITS)))
        known = self._alike.get(shape)
        if known is None:
            # The estimator's own memory would keep the text itself.
            known = self._alike[shape] = estimate_tokens.__wrapped__(text, family)
        return known


def _field(content: Mapping[str, Any], key: str) -> str:
    value = content.get(key)
    return value if isinstance(value, str) else ""
