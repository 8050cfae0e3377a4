"""How answers are judged. `CHECKS` is the table of contents; to add a kind, write a file and put it here.

A model as judge is a kind as well, but needs calls: the engine makes them, and `judge` has its settings and reading.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from optlab.checks.check import Check
from optlab.checks.contains import CONTAINS
from optlab.checks.equals import EQUALS
from optlab.checks.fields import FIELDS
from optlab.checks.json_schema import JSON_SCHEMA
from optlab.checks.length import LENGTH
from optlab.checks.numeric import NUMERIC
from optlab.checks.regex import REGEX
from optlab.checks.similarity import SIMILARITY
from optlab.core.record import CheckResult
from optlab.core.scenario import CheckSpec

CHECKS: tuple[Check[Any], ...] = (CONTAINS, EQUALS, REGEX, NUMERIC, JSON_SCHEMA, FIELDS, SIMILARITY, LENGTH)

BY_KIND: Mapping[str, Check[Any]] = {check.kind: check for check in CHECKS}

__all__ = ["BY_KIND", "CHECKS", "Check", "examine"]


def examine(answer: str, specs: Iterable[CheckSpec]) -> tuple[CheckResult, ...]:
    """The result of every check that needs no call. Kinds and settings were validated when the scenario was loaded."""
    return tuple(BY_KIND[spec.kind].judge(answer, spec.settings) for spec in specs if spec.kind in BY_KIND)
