"""A prompt as a person thinks of it: ordered named segments, each of which can be switched off."""

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

Where = Literal["system", "tools", "history", "user"]
Role = Literal["user", "assistant"]


class Segment(msgspec.Struct, frozen=True):
    """One named part of a prompt: where it goes, its text, whether it is on, whether a search may cut it.

    `role` is for history segments only. The text of a tools segment is the JSON of one tool or of a list of tools.
    """

    name: str
    where: Where
    text: str
    role: Role | None = None
    on: bool = True
    trimmable: bool = True


class Prompt(msgspec.Struct, frozen=True):
    """Segments in the order they are written."""

    segments: tuple[Segment, ...]

    def active(self, where: Where) -> tuple[Segment, ...]:
        """Segments of one place that are on and not empty, in order (the API refuses empty text blocks)."""
        return tuple(s for s in self.segments if s.where == where and s.on and s.text.strip())

    def filled(self, variables: Mapping[str, str]) -> "Prompt":
        """The prompt with `{name}` replaced for the names in `variables`; every other brace stays as it is."""
        return Prompt(tuple(msgspec.structs.replace(s, text=fill(s.text, variables)) for s in self.segments))

    def switched(self, name: str, on: bool) -> "Prompt":
        """The prompt with one segment on or off. Raises KeyError for an unknown name."""
        if name not in {s.name for s in self.segments}:
            raise KeyError(name)
        return Prompt(tuple(msgspec.structs.replace(s, on=on) if s.name == name else s for s in self.segments))


def fill(text: str, variables: Mapping[str, str]) -> str:
    """Replace `{name}` for every name in `variables`, in one pass, so that a value may itself contain braces."""
    if not variables:
        return text
    pattern = re.compile(r"\{(" + "|".join(map(re.escape, variables)) + r")\}")
    return pattern.sub(lambda found: variables[found.group(1)], text)
