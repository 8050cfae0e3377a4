"""A response in parts: bytes and the moment at which they are due, or a rude end."""

import enum
from typing import Final

DELTA: Final = b"event: content_block_delta"


class Ending(enum.Enum):
    """Rude ways to end a response."""

    HANG_UP = "the connection is closed in the middle of the body"
    RESET = "the connection is reset (TCP RST)"


Part = tuple[float, bytes | Ending]
"""Seconds of simulated time after the start of the request, and the bytes that go out then, or how it ends then."""
