"""What the rows of the decision table share: how one is filled in, and the command that tests its lever."""

import shlex
from collections.abc import Sequence
from typing import Any

import msgspec

from optlab.core.advice_report import AdviceRow, Quantity
from optlab.studies.evidence import Evidence

NEEDS_CHECKS = "the scenario has no check: what answers lose could not be seen"


def with_(row: AdviceRow, *, quantities: Sequence[Quantity] | None = None, **changes: Any) -> AdviceRow:
    """The row with some of its fields filled in."""
    if quantities is not None:
        changes["quantities"] = tuple(quantities)
    return msgspec.structs.replace(row, **changes)


def lacks_checks(evidence: Evidence) -> str:
    """What blocks a lever that may change answers: nothing, where the scenario checks them."""
    return "" if evidence.scenario.has_checks else NEEDS_CHECKS


def run_command(evidence: Evidence, rest: str) -> str:
    """The command that tests a lever on the scenario."""
    return f"optlab run {shlex.quote(evidence.target)} {rest}"
