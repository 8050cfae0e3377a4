"""The decision table before anything is measured: what each row would look at, and the lever it leads to. Pure."""

import shlex
from collections.abc import Mapping

import msgspec

from optlab.core.advice_report import AdviceReport, AdviceRow, Symptom
from optlab.core.errors import UsageError
from optlab.levers import BY_NAME, parse_choice
from optlab.tui.desk import Desk, LeverSetting

ROLL_BACK = "roll back"
"""What a row leads to that is no lever."""


class Symptomatic(msgspec.Struct, frozen=True):
    """One row as it stands without a measurement: its lever, and what would be looked at."""

    lever: str
    looks_at: str


WITHOUT: Mapping[Symptom, Symptomatic] = {
    "quality fell": Symptomatic(
        ROLL_BACK,
        "Whether fewer answers pass their checks than before the last change of prompt or model, item by item, by "
        "McNemar's exact test. It takes checks and an earlier kept run.",
    ),
    "stable prefix": Symptomatic(
        "caching",
        "How many tokens at the beginning of every prompt are the same, against the fewest that the model caches, and "
        "what they would cost at the declared rate of calls.",
    ),
    "easy questions": Symptomatic(
        "cascade",
        "How many questions a smaller model answers well enough, what it and its judge would cost, and from how many "
        "escalated on that saves nothing. It takes checks.",
    ),
    "somebody waits": Symptomatic(
        "streaming",
        "How long nothing is to be seen, and how much of that is the answer being written.",
    ),
    "high bill": Symptomatic(
        "trim",
        "What 1,000 calls cost, whether waiting is fine, and what the longest segment that may be cut costs.",
    ),
    "good but slow": Symptomatic(
        "smaller_model",
        "Whether nine in ten answers pass their checks and take longer than a person's patience. It takes checks.",
    ),
}
"""Every row, in the order in which the table is read."""


def row_of(report: AdviceReport | None, symptom: Symptom) -> AdviceRow | None:
    """The measured row of a symptom; None where nothing is measured."""
    return next((row for row in report.rows if row.symptom == symptom), None) if report is not None else None


def pulled(desk: Desk, lever: str, row: AdviceRow | None = None) -> Desk:
    """The desk with one lever on, with the parameters that a row suggests where it does, and all others off."""
    choice = {name: str(value) for name, value in _suggested(row, lever).items()}
    levers = (
        LeverSetting(s.name, s.name == lever, {**s.params, **choice} if s.name == lever else s.params)
        for s in desk.levers
    )
    return msgspec.structs.replace(desk, levers=tuple(levers))


def _suggested(row: AdviceRow | None, lever: str) -> Mapping[str, object]:
    """The parameters in the command of a row: `optlab run NAME --lever caching:ttl=5m …`."""
    words = shlex.split(row.command) if row is not None and row.command else []
    if "--lever" not in words[:-1]:
        return {}
    try:
        choice = parse_choice(words[words.index("--lever") + 1])
    except UsageError:
        return {}
    return choice.params if choice.name == lever else {}


def title(lever: str) -> str:
    """A lever as the lab calls it."""
    return BY_NAME[lever].spec.title if lever in BY_NAME else lever.capitalize()
