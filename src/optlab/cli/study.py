"""What the commands that carry out a study share: the options with its terms, and seeing it through."""

import functools
import sys
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import msgspec

from optlab.cli.conversation import Conversation
from optlab.cli.diagnostics import leave
from optlab.cli.options import connection, connection_options, finite_budget, format_option
from optlab.cli.output import Format
from optlab.core.commands import Advise, FindCuts, MapHeat, MeasureCache, MeasureCeiling, RunScreen, StudyCascade

Conducted = Advise | FindCuts | MapHeat | MeasureCache | MeasureCeiling | RunScreen | StudyCascade
"""The studies that have a command of their own."""


class Terms(NamedTuple):
    """Where a study's requests go, what they may cost and how its end is written, as given; `on` looks at them."""

    backend: str
    seed: int
    sim_speed: float
    budget: float | None
    yes: bool
    style: Format

    def on(self, study: Conducted) -> Conducted:
        """The study on these terms. Raises UsageError for a speed or a budget that is no number."""
        return msgspec.structs.replace(
            study,
            budget_usd=finite_budget(self.budget),
            yes=self.yes,
            connection=connection(self.backend, self.seed, self.sim_speed),
        )


def study_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every study, handed to the command as one value `terms`."""

    @functools.wraps(command)
    def with_terms(**given: Any) -> None:
        terms = Terms(**{name: given.pop(name) for name in Terms._fields})
        command(**given, terms=terms)

    return connection_options(format_option("table", "json", "jsonl", "markdown")(with_terms))


def conduct(study: Conducted, terms: Terms, write: Callable[[Any], None] | None = None) -> NoReturn:
    """Carry a study out, show its end (`write`: in a way of its own), and leave with the exit code it calls for."""
    leave(Conversation(terms.style, sys.stderr.isatty(), write).carry_out(terms.on(study)))
