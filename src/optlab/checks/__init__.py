"""How answers are judged. `CHECKS` is the table of contents; to add a kind, write a file and put it here."""

from collections.abc import Iterable, Mapping
from typing import Any

from optlab.checks.check import Check
from optlab.checks.contains import CONTAINS
from optlab.checks.equals import EQUALS
from optlab.checks.regex import REGEX
from optlab.core.record import CheckResult
from optlab.core.scenario import CheckSpec

CHECKS: tuple[Check[Any], ...] = (CONTAINS, EQUALS, REGEX)

BY_KIND: Mapping[str, Check[Any]] = {check.kind: check for check in CHECKS}

__all__ = ["BY_KIND", "CHECKS", "Check", "judge"]


def judge(answer: str, specs: Iterable[CheckSpec]) -> tuple[CheckResult, ...]:
    """The result of every check. The kinds and settings were validated when the scenario was loaded."""
    return tuple(BY_KIND[spec.kind].judge(answer, spec.settings) for spec in specs)
