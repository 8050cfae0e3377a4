"""The changes one can make to a request. `LEVERS` is the table of contents, in the order in which levers stack.

The first lever of the table is the outermost: it sees the request first. What is said comes first (`trim`), then who is
asked, then how much may be answered and with which effort, then how the request travels: marked for the cache,
streamed, or in a batch. So breakpoints stand on what is left of the prompt, and effort is held against the model that
answers. `cascade`, which asks several models, is the innermost: it alone knows which of its calls answer and which
judge, so that a cap, a cache mark or a stream reaches the ones that it makes sense for. To add one, write a file that
makes a `Lever` and put it here.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from optlab.core.errors import UsageError
from optlab.core.experiment import LeverChoice
from optlab.core.request import Request
from optlab.core.scenario import ParamValue, Scenario
from optlab.levers.batch import BATCH
from optlab.levers.caching import CACHING
from optlab.levers.cascade import CASCADE
from optlab.levers.effort import EFFORT
from optlab.levers.lever import GuardName, Lever, LeverSpec, Met, Param, Rewriting, Send
from optlab.levers.max_tokens import MAX_TOKENS
from optlab.levers.smaller_model import SMALLER_MODEL
from optlab.levers.stack import examined
from optlab.levers.streaming import STREAMING
from optlab.levers.trim import TRIM

LEVERS: tuple[Lever, ...] = (TRIM, SMALLER_MODEL, MAX_TOKENS, EFFORT, CACHING, STREAMING, BATCH, CASCADE)

BY_NAME: Mapping[str, Lever] = {lever.spec.name: lever for lever in LEVERS}

__all__ = [
    "BY_NAME",
    "LEVERS",
    "GuardName",
    "Lever",
    "LeverSpec",
    "Met",
    "Param",
    "Rewriting",
    "Send",
    "complete",
    "examine",
    "param_of",
    "parse_choice",
    "stacked",
    "timed",
]


def parse_choice(text: str) -> LeverChoice:
    """A lever as the command line writes it, `name` or `name:param=value,param=value`. Raises UsageError."""
    name, _, rest = text.partition(":")
    several = _several(name.strip())
    params: dict[str, ParamValue] = {}
    key = ""
    for part in filter(None, rest.split(",")):
        before, (key, equals, value) = key, part.partition("=")
        if not equals and before.strip() in several:
            key = before  # one more of its names
            params[key.strip()] = f"{params[key.strip()]}+{part.strip()}"
            continue
        if not equals:
            raise UsageError(f"--lever {text}: {part!r} should read param=value, as in {name}:{key}=…")
        params[key.strip()] = value.strip()
    return LeverChoice(name.strip(), params)


def _several(name: str) -> frozenset[str]:
    """The parameters of a lever that take several names; none of a lever that is not there."""
    return frozenset(p.name for p in BY_NAME[name].spec.params if p.type == "names") if name in BY_NAME else frozenset()


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


def examine(choices: Sequence[LeverChoice], scenario: Scenario) -> Request | None:
    """The request of the scenario, no sample filled in, as this stack of levers leaves it; None where there is none.

    Raises UsageError, in one sentence, where levers exclude each other or cannot work on what they meet.
    """
    return examined(BY_NAME, stacked(complete(choice, scenario) for choice in choices), scenario)


def timed(choices: Iterable[LeverChoice]) -> bool:
    """Whether calls made under these levers say anything of latency."""
    return all(BY_NAME[choice.name].spec.timed for choice in choices)


def param_of(choices: Iterable[LeverChoice], lever: str, name: str, scenario: Scenario) -> ParamValue | None:
    """One parameter of one lever of a stack, as it is in force; None where the lever is not in it."""
    found = next((choice for choice in choices if choice.name == lever), None)
    return None if found is None else complete(found, scenario).params[name]
