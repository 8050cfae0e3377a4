"""What the stand-in model sees of a request: plain text by turn, and how strong the model is."""

import re
from functools import lru_cache
from typing import Literal

import msgspec

from optlab.simulator.model.strength import TYPICAL


class Turn(msgspec.Struct, frozen=True):
    """One earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    text: str


class Called(msgspec.Struct, frozen=True):
    """A call of a tool that was made for the last user turn."""

    name: str
    arguments: object


class Prompt(msgspec.Struct, frozen=True):
    """System text, earlier text, the last user turn, and the beginning of the answer where one was put in its mouth.

    `turns` are the earlier turns one by one; `results` what tools have answered to the last user turn, `failures` what
    those that failed gave as the reason, by their names, `called` the calls before.
    """

    system: str
    earlier: str
    question: str
    prefill: str = ""
    strength: float = TYPICAL
    turns: tuple[Turn, ...] = ()
    results: tuple[str, ...] = ()
    failures: tuple[tuple[str, str], ...] = ()
    called: tuple[Called, ...] = ()


def tidy(prompt: Prompt) -> Prompt:
    """The prompt with long runs of blanks and rules shortened, as they say nothing and make patterns slow."""
    return msgspec.structs.replace(
        prompt,
        system=_short_runs(prompt.system),
        earlier=_short_runs(prompt.earlier),
        question=_short_runs(prompt.question),
        turns=tuple(Turn(t.role, _short_runs(t.text)) for t in prompt.turns),
    )


_RUNS = re.compile(r"[^\S\n]{2,}|\n(?:[^\S\n]*\n){2,}|([^\w\s])\1{7,}")


@lru_cache(maxsize=128)
def _short_runs(text: str) -> str:
    return _RUNS.sub(lambda m: m[0][:7] if m[1] else "\n\n" if m[0][0] == "\n" else m[0][:1], text)
