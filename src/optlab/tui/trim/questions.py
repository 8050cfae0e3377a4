"""What can be asked about a cut: the fields of each question, and the command they make. Pure."""

from collections.abc import Mapping
from typing import Literal, cast

import msgspec

from optlab.core.commands import By, FindCuts, MapHeat, TestCut
from optlab.core.errors import UsageError
from optlab.core.prompt import Prompt
from optlab.tui.desk import Desk
from optlab.tui.typed import short, whole_number

QuestionKind = Literal["cut", "trim", "heat"]
"""Would the answers change, what can go, what is each piece worth."""


MOST = 10_000_000
"""Nothing that is counted here is larger."""


class Field(msgspec.Struct, frozen=True):
    """One thing to fill in: with `choices` one of them, else typed. `empty` says what nothing stands for."""

    name: str
    label: str
    default: str
    about: str
    choices: tuple[str, ...] = ()
    empty: str = ""


class Question(msgspec.Struct, frozen=True):
    """A question, what answering it means, and its fields."""

    kind: str
    title: str
    about: str
    fields: tuple[Field, ...]


_BUDGET = Field(
    "budget",
    "cap $",
    "",
    "Stop before this many dollars are crossed; empty: the scenario's, or 0.50",
    empty="as planned",
)
_BY = Field(
    "by",
    "pieces",
    "segment",
    "How finely the prompt is taken apart; auto: segments, then the sentences of those that must stay",
    ("segment", "paragraph", "bullet", "example", "sentence", "auto"),
)
ENOUGH = "as many as a verdict takes"
ALL_DEAD, THIRD, TOKENS = "all that is dead", "a third", "to so many tokens"

QUESTIONS: Mapping[QuestionKind, Question] = {
    "cut": Question(
        "cut",
        "Would the answers change, would they get worse?",
        "Answers of the original and of this cut, interleaved: the change test and the loss test on the same answers.",
        (
            Field("answers", "answers", "2", "Answers of each prompt to each sample, at least 2"),
            Field(
                "items",
                "samples",
                "",
                "How many samples; empty: as many as a verdict takes",
                empty="as many as a verdict takes",
            ),
            _BUDGET,
        ),
    ),
    "trim": Question(
        "trim",
        "Find what can go",
        "Searched on one half of the samples, from the prompt as it stands; verified on the other half against the "
        "scenario's whole prompt.",
        (
            Field(
                "goal",
                "goal",
                ALL_DEAD,
                "When it is enough; a third is one of the whole prompt",
                (ALL_DEAD, THIRD, TOKENS),
            ),
            Field(
                "tokens", "tokens", "", "How long the prompt may be, for the third goal", empty="for that goal alone"
            ),
            _BY,
            _BUDGET,
        ),
    ),
    "heat": Question(
        "heat",
        "What is each piece worth?",
        "Pieces are taken out in seeded orders, each with its reverse; what a piece changes on average is its worth.",
        (
            msgspec.structs.replace(_BY, about="How finely the prompt is taken apart", choices=_BY.choices[:-1]),
            Field("orders", "orders", "2", "Orders of the pieces; more narrow the intervals"),
            Field("items", "samples", "12", "Samples each set of pieces is asked about"),
            _BUDGET,
        ),
    ),
}


def command_of(
    kind: QuestionKind, values: Mapping[str, str], desk: Desk, trimmed: Prompt
) -> TestCut | FindCuts | MapHeat:
    """The command for a question as it is filled in. Raises UsageError, in one sentence, for a wrong field."""
    assert desk.scenario is not None
    budget = dollars(values["budget"])
    levers = tuple(setting.choice for setting in desk.pulled)
    own = None if trimmed == desk.scenario.prompt else trimmed
    if kind == "cut":
        return TestCut(
            scenario=desk.source,
            budget_usd=budget,
            yes=desk.yes,
            connection=desk.wire,
            model=desk.model,
            trimmed=trimmed,
            answers=_whole("answers", values["answers"], least=2),
            items=_whole("samples", values["items"], least=1) if values["items"].strip() else None,
            levers=levers,
        )
    by = cast(By, values["by"])
    if kind == "trim":
        return FindCuts(
            scenario=desk.source,
            prompt=own,
            budget_usd=budget,
            yes=desk.yes,
            connection=desk.wire,
            model=desk.model,
            goal=_goal(values),
            by=by,
            whole=desk.scenario.prompt if own else None,
            levers=levers,
        )
    return MapHeat(
        scenario=desk.source,
        prompt=own,
        budget_usd=budget,
        yes=desk.yes,
        connection=desk.wire,
        model=desk.model,
        by=by,
        orders=_whole("orders", values["orders"], least=2),
        items=_whole("samples", values["items"], least=2),
        levers=levers,
    )


def _goal(values: Mapping[str, str]) -> str:
    if values["goal"] == TOKENS:
        return str(_whole("tokens", values["tokens"], least=1))
    return {ALL_DEAD: "all-dead", THIRD: "third"}[values["goal"]]


def _whole(label: str, text: str, *, least: int) -> int:
    text = text.strip().replace(",", "")
    number = whole_number(text, MOST)
    if number is None or number < least:
        raise UsageError(f"{label} is a whole number from {least} to {MOST:,}, not {short(text)!r}")
    return number


def dollars(text: str) -> float | None:
    """A cap as it is typed; None where nothing is. Raises UsageError where it is no dollars."""
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1e6:
        raise UsageError(f"the cap is dollars above 0 or empty, not {short(text.strip())!r}")
    return value
