"""What a quality check is: a kind, its settings as a strict struct, and a pure function from an answer to a score."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from optlab.core.record import CheckResult

S = TypeVar("S", bound=msgspec.Struct)


class Check(Generic[S]):
    """One kind of check. `score` gives a number in [0, 1] and why."""

    def __init__(self, kind: str, about: str, settings: type[S], score: Callable[[str, S], tuple[float, str]]) -> None:
        self.kind = kind
        self.about = about
        self.settings = settings
        self._score = score

    def parse(self, settings: dict[str, Any]) -> S:
        """The settings, checked. Raises msgspec.ValidationError that names the key."""
        return msgspec.convert(settings, self.settings)

    def judge(self, answer: str, settings: dict[str, Any]) -> CheckResult:
        """What this check thinks of `answer`."""
        score, why = self._score(answer, self.parse(settings))
        return CheckResult(self.kind, score, why)
