"""The changes one can make to a request. `LEVERS` is the table of contents, in the order in which levers stack.

The first lever of the table is the outermost: it sees the request first. To add one, write a file that makes a
`Lever` and put it here.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise

from optlab.core.errors import UsageError
from optlab.core.experiment import LeverChoice
from optlab.core.scenario import ParamValue, Scenario
from optlab.levers.caching import CACHING
from optlab.levers.cascade import CASCADE
from optlab.levers.lever import GuardName, Lever, LeverSpec, Param, Rewriting, Send
from optlab.levers.max_tokens import MAX_TOKENS
from optlab.levers.smaller_model import SMALLER_MODEL
from optlab.levers.streaming import STREAMING

LEVERS: tuple[Lever, ...] = (SMALLER_MODEL, MAX_TOKENS, CACHING, STREAMING, CASCADE)

BY_NAME: Mapping[str, Lever] = {lever.spec.name: lever for lever in LEVERS}

__all__ = [
    "BY_NAME",
    "LEVERS",
    "GuardName",
    "Lever",
    "LeverSpec",
    "Param",
    "Rewriting",
    "Send",
    "complete",
    "parse_choice",
    "stacked",
]


def parse_choice(text: str) -> LeverChoice:
    """A lever as the command line writes it, `name` or `name:param=value,param=value`. Raises UsageError."""
    name, _, rest = text.partition(":")
    params: dict[str, ParamValue] = {}
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        if not equals:
            raise UsageError(f"--lever {text}: {part!r} should read param=value, as in {name}:{key}=…")
        params[key.strip()] = value.strip()
    return LeverChoice(name.strip(), params)


def complete(choice: LeverChoice, scenario: Scenario | None = None) -> LeverChoice:
    """The choice with every parameter present and in its type: as chosen, else as the scenario says, else the default.

    Raises UsageError for an unknown lever or parameter, or a value out of range.
    """
    lever = BY_NAME.get(choice.name)
    if lever is None:
        raise UsageError(f"there is no lever {choice.name!r}; the levers are {', '.join(BY_NAME)}")
    known = {param.name: param for param in lever.spec.params}
    given = {**(scenario.lever_params.get(choice.name, {}) if scenario else {}), **choice.params}
    for name in given:
        if name not in known:
            names = ", ".join(known) or "none"
            raise UsageError(f"the lever {choice.name} has no parameter {name!r}; its parameters are: {names}")
    try:
        params = {name: param.parse(given.get(name, param.default)) for name, param in known.items()}
    except ValueError as error:
        raise UsageError(f"lever {choice.name}: {error}") from None
    return LeverChoice(choice.name, params)


def stacked(choices: Iterable[LeverChoice]) -> tuple[LeverChoice, ...]:
    """The choices in the declared order. Raises UsageError where a lever is named twice."""
    order = list(BY_NAME)
    chosen = sorted(choices, key=lambda c: order.index(c.name))
    for one, other in pairwise(chosen):
        if one.name == other.name:
            raise UsageError(f"the lever {one.name} is given twice; give it once with all its parameters")
    return tuple(chosen)
