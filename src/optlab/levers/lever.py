"""What a lever is: one deliberate change to a request, declared once and rendered as flag, form field and help."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, Protocol

import msgspec

from optlab.core.record import CallRecord
from optlab.core.request import Request
from optlab.core.scenario import MetricName, ParamValue

Send = Callable[[Request], Awaitable[CallRecord]]
"""Sends one request and gives back what came of it."""

GuardName = Literal["e2e", "truncation"]


class Param(msgspec.Struct, frozen=True):
    """One parameter of a lever: its type, default, unit, and what is allowed (choices, or a closed range)."""

    name: str
    type: Literal["int", "str"]
    default: ParamValue
    about: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None

    def parse(self, value: ParamValue) -> ParamValue:
        """The value in this parameter's type. Raises ValueError that says what is expected."""
        if self.type == "int":
            return self._parse_int(value)
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

    def _range(self) -> str:
        return "" if self.low is None or self.high is None else f" from {self.low:,} to {self.high:,}"


class LeverSpec(msgspec.Struct, frozen=True):
    """What a lever says of itself. `blocking` guards can veto ADOPT; `changes_text` false means it never may.

    `shown` are metrics whose verdicts are printed beside the card and veto nothing.
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


class Lever(Protocol):
    """A middleware around sending. Simple levers only rewrite the request on its way."""

    @property
    def spec(self) -> LeverSpec:
        """What the lever says of itself."""
        ...

    def wrap(self, send: Send, params: Mapping[str, ParamValue]) -> Send:
        """`send` with this lever pulled. `params` are complete and parsed."""
        ...


class Rewriting:
    """A lever that is nothing but a pure change of the request."""

    def __init__(self, spec: LeverSpec, rewrite: Callable[[Request, Mapping[str, ParamValue]], Request]) -> None:
        self.spec = spec
        self.rewrite = rewrite

    def wrap(self, send: Send, params: Mapping[str, ParamValue]) -> Send:
        """`send` behind the rewritten request."""

        async def changed(request: Request) -> CallRecord:
            return await send(self.rewrite(request, params))

        return changed
