"""What the stand-in model sees of a request: plain text by turn."""

import msgspec


class Prompt(msgspec.Struct, frozen=True):
    """System text, earlier text, the last user turn, and the beginning of the answer where one was put in its mouth."""

    system: str
    earlier: str
    question: str
    prefill: str = ""
