"""What the stand-in model sees of a request: plain text by turn, and how strong the model is."""

from typing import Literal

import msgspec

from optlab.simulator.model.strength import TYPICAL


class Turn(msgspec.Struct, frozen=True):
    """One earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    text: str


class Prompt(msgspec.Struct, frozen=True):
    """System text, earlier text, the last user turn, and the beginning of the answer where one was put in its mouth.

    `turns` are the earlier turns one by one; `results` what tools have answered to the last user turn.
    """

    system: str
    earlier: str
    question: str
    prefill: str = ""
    strength: float = TYPICAL
    turns: tuple[Turn, ...] = ()
    results: tuple[str, ...] = ()
