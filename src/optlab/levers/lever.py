"""What a lever is: one deliberate change to a request, declared once and rendered as flag, form field and help."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, Protocol

import msgspec

from optlab.core.experiment import LeverChoice
from optlab.core.record import CallRecord
from optlab.core.request import Request
from optlab.core.scenario import MetricName, ParamValue, Scenario

Send = Callable[[Request], Awaitable[CallRecord]]
"""Sends one request and gives back what came of it."""

GuardName = Literal["e2e", "truncation"]


MODEL_ID = "model id"
"""Unit of a parameter that names a model."""


class Param(msgspec.Struct, frozen=True):
    """One parameter of a lever: its type, default, unit, and what is allowed (choices, or a closed range).

    `names` are one or several names with + or commas between them, at most `most` where that is said.
    """

    name: str
    type: Literal["int", "str", "names"]
    default: ParamValue
    about: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    most: int | None = None

    def parse(self, value: ParamValue) -> ParamValue:
        """The value in this parameter's type. Raises ValueError that says what is expected."""
        if self.type == "int":
            return self._parse_int(value)
        if self.type == "names":
            return self._parse_names(value)
        text = str(value)
        if self.choices and text not in self.choices:
            raise ValueError(f"{self.name} is one of {', '.join(self.choices)}, not {text!r}")
        return text

    def _parse_int(self, value: ParamValue) -> int:
        try:
            number = int(str(value))
        except ValueError:
            raise ValueError(f"{self.name} is a whole number{self._range()}, not {value!r}") from None
        if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
            raise ValueError(f"{self.name} is a whole number{self._range()}, not {number}")
        return number

    def _parse_names(self, value: ParamValue) -> ParamValue:
        names = split(str(value))
        if not names:
            raise ValueError(f"{self.name} is one or several names with + or commas between them, not {str(value)!r}")
        if self.most is not None and len(names) > self.most:
            raise ValueError(f"{self.name} takes at most {self.most} names, not {len(names)}")
        return "+".join(names)

    @property
    def allowed(self) -> str:
        """What may be given, in as few words as can be; empty where anything may."""
        if self.type == "names":
            return f"up to {self.most} names joined by +" if self.most else "names joined by +"
        return "|".join(self.choices) or self._range().removeprefix(" from ")

    def _range(self) -> str:
        return "" if self.low is None or self.high is None else f" from {self.low:,} to {self.high:,}"


class LeverSpec(msgspec.Struct, frozen=True):
    """What a lever says of itself. `blocking` guards can veto ADOPT; `changes_text` false means it never may.

    `shown` are metrics whose verdicts are printed beside the card and veto nothing. `excludes` names levers that this
    one does not stack with, each with the reason. `timed` false: calls made under this lever say nothing of latency.
    `shows_change`: whether the answers became others is told, though they may.
    """

    name: str
    title: str
    symptom: str
    does: str
    params: tuple[Param, ...]
    primary: MetricName
    changes_text: bool
    blocking: tuple[GuardName, ...] = ()
    shown: tuple[MetricName, ...] = ()
    excludes: tuple[tuple[str, str], ...] = ()
    timed: bool = True
    shows_change: bool = False


class Met(msgspec.Struct, frozen=True):
    """What a lever meets where it stacks: the scenario, the levers before it, and the request as they leave it.

    No sample is filled into the request: its variables stand there by name.
    """

    scenario: Scenario
    before: tuple[LeverChoice, ...]
    request: Request


class Lever(Protocol):
    """A middleware around sending. Simple levers only rewrite the request on its way."""

    @property
    def spec(self) -> LeverSpec:
        """What the lever says of itself."""
        ...

    def wrap(self, send: Send, params: Mapping[str, ParamValue]) -> Send:
        """`send` with this lever pulled. `params` are complete and parsed."""
        ...

    def check(self, params: Mapping[str, ParamValue], met: Met) -> None:
        """Raise UsageError, in one sentence, where the lever cannot work on what it meets."""
        ...


def _nothing_to_refuse(params: Mapping[str, ParamValue], met: Met) -> None:
    pass


class Rewriting:
    """A lever that is nothing but a pure change of the request.

    `rewrite` never raises: what it cannot do to a request it leaves undone. What makes no sense is refused beforehand,
    by `check`.
    """

    def __init__(
        self,
        spec: LeverSpec,
        rewrite: Callable[[Request, Mapping[str, ParamValue]], Request],
        check: Callable[[Mapping[str, ParamValue], Met], None] = _nothing_to_refuse,
    ) -> None:
        self.spec = spec
        self.rewrite = rewrite
        self.check = check

    def wrap(self, send: Send, params: Mapping[str, ParamValue]) -> Send:
        """`send` behind the rewritten request."""

        async def changed(request: Request) -> CallRecord:
            return await send(self.rewrite(request, params))

        return changed


def split(names: ParamValue) -> tuple[str, ...]:
    """The names of a parameter that takes several, joined by + or commas, each once."""
    return tuple(dict.fromkeys(filter(None, (name.strip() for name in re.split("[+,]", str(names))))))
