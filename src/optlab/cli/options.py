"""Options that several commands share, declared once."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from optlab.core.commands import LARGEST_SEED, Connection
from optlab.core.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])


def format_option(*names: str) -> Callable[[F], F]:
    """`--format`, with the styles a command can write; the first is the default."""
    return click.option(
        "--format", "style", type=click.Choice(names), default=names[0], help="How to write the result."
    )


def metrics_option(function: F) -> F:
    """`--all-metrics`, for tables."""
    return click.option(
        "--all-metrics", "every", is_flag=True, help="Show every metric in the table; JSON has them all anyway."
    )(function)


def connection_options(function: F) -> F:
    """Where requests go, and what they may cost."""
    for option in reversed(
        (
            click.option(
                "--backend",
                type=click.Choice(["auto", "api", "sim"]),
                default="auto",
                help="auto: the real API when a credential is found, else the simulator.",
            ),
            click.option("--seed", type=int, default=0, help="Seed of order, salts and simulator.", show_default=True),
            click.option(
                "--sim-speed",
                type=click.FloatRange(0.001, 100_000),
                default=1.0,
                help="Run the embedded simulator this many times faster; figures are scaled back.",
            ),
            click.option(
                "--budget",
                type=click.FloatRange(0, min_open=True),
                help="Stop before this many dollars are crossed (on the real API 0.50 unless told otherwise).",
            ),
            click.option("--yes", is_flag=True, help="Do not ask before spending real money."),
        )
    ):
        function = option(function)
    return function


def connection(backend: str, seed: int, sim_speed: float) -> Connection:
    """The Connection that these options name. Raises UsageError for a speed that is no number, or a seed too large."""
    if not -LARGEST_SEED <= seed <= LARGEST_SEED:
        raise UsageError(f"--seed is a whole number of at most 18 digits, not one of {len(f'{abs(seed)}')}")
    if not math.isfinite(sim_speed):
        raise UsageError(f"--sim-speed is a number from 0.001 to 100,000, not {sim_speed}")
    return Connection(backend=backend, seed=seed, sim_speed=sim_speed)  # type: ignore[arg-type]


def finite_budget(budget: float | None) -> float | None:
    """The budget as given. Raises UsageError for one that is no number."""
    if budget is not None and not math.isfinite(budget):
        raise UsageError(f"--budget is dollars and above 0, not {budget}")
    return budget


def absolute(path: str) -> str:
    """A file for the worker, which may stand in another folder; links stay as the user wrote them."""
    return str(Path(path).absolute())
