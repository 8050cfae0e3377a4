"""Puts one call together from what arrives: stamped pieces of output, then usage and stop reason."""

import msgspec

from optlab.backends.backend import Watch
from optlab.backends.sse import OutputKind, WireBlock, WireEvent, WireMessage, WireUsage
from optlab.core.record import CallError, Delta
from optlab.core.usage import Terms, Usage


class Assembly:
    """The state of one answer while it arrives. Times given to it are already in model seconds."""

    def __init__(self, watch: Watch | None = None) -> None:
        self._watch = watch
        self.first_event_at_s: float | None = None
        self.deltas: list[Delta] = []
        self.model = ""
        self.usage = Usage()
        self.terms = Terms()
        self.stop_reason: str | None = None
        self.error: CallError | None = None
        self.complete = False

    @property
    def text(self) -> str:
        """The visible text so far."""
        return "".join(d.text for d in self.deltas if d.kind == "text")

    def event(self, event: WireEvent, at_s: float) -> None:
        """Take in one event of a stream that arrived at `at_s`."""
        if self.first_event_at_s is None:
            self.first_event_at_s = at_s
        if event.type == "error":
            wire = event.error
            words = f"{wire.type}: {wire.message}" if wire else "no reason given"
            self.error = CallError("broken_stream", f"the server broke the stream off ({words})")
        elif event.type == "message_start" and event.message:
            self.model = event.message.model
            self._bill(event.message.usage)
        elif event.type == "content_block_start" and event.content_block:
            self._start(event.content_block, at_s)
            if event.content_block.type == "thinking" and self._watch:
                # Most models think without showing it; that they do is all a screen learns. It is no delta.
                self._watch(Delta(at_s, "", "thinking"))
        elif event.type == "content_block_delta" and event.delta:
            self._add(event.delta.text, "text", at_s)
            self._add(event.delta.thinking, "thinking", at_s)
            self._add(event.delta.partial_json, "tool", at_s)
        elif event.type == "message_delta":
            self._bill(event.usage)
            self.stop_reason = (event.delta and event.delta.stop_reason) or self.stop_reason
        elif event.type == "message_stop":
            self.complete = True

    def message(self, message: WireMessage, at_s: float) -> None:
        """Take in a plain answer whose last byte arrived at `at_s`: all of its output arrived then."""
        self.first_event_at_s = at_s
        self.model, self.stop_reason = message.model, message.stop_reason
        self._bill(message.usage)
        for block in message.content:
            self._start(block, at_s)
            self._add(block.text, "text", at_s)
            self._add(block.thinking, "thinking", at_s)
        self.complete = True

    def _bill(self, usage: WireUsage | None) -> None:
        if usage is not None:
            self.usage = _merged(self.usage, usage)
            self.terms = _agreed(self.terms, usage)

    def _start(self, block: WireBlock, at_s: float) -> None:
        # The start of a tool call is visible output even before its first argument arrives.
        if block.type == "tool_use":
            self._add(block.name, "tool", at_s)

    def _add(self, text: str | None, kind: OutputKind, at_s: float) -> None:
        if text:
            delta = Delta(at_s, text, kind)
            self.deltas.append(delta)
            if self._watch:
                self._watch(delta)


def _agreed(terms: Terms, wire: WireUsage) -> Terms:
    return Terms(
        batch=terms.batch if wire.service_tier is None else wire.service_tier == "batch",
        fast=terms.fast if wire.speed is None else wire.speed == "fast",
        us_only=terms.us_only if wire.inference_geo is None else wire.inference_geo == "us",
    )


def _merged(usage: Usage, wire: WireUsage) -> Usage:
    changes = {
        "input_tokens": wire.input_tokens,
        "output_tokens": wire.output_tokens,
        "cache_read_tokens": wire.cache_read_input_tokens,
        "thinking_tokens": wire.output_tokens_details.thinking_tokens if wire.output_tokens_details else None,
    }
    if wire.cache_creation:
        changes["cache_write_5m_tokens"] = wire.cache_creation.ephemeral_5m_input_tokens
        changes["cache_write_1h_tokens"] = wire.cache_creation.ephemeral_1h_input_tokens
    elif wire.cache_creation_input_tokens is not None:
        changes["cache_write_5m_tokens"] = wire.cache_creation_input_tokens
    return msgspec.structs.replace(usage, **{name: value for name, value in changes.items() if value is not None})
