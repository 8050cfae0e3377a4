"""Combining the quantities of a word problem, step by step: rates meet their counts, gains and losses run."""

import re

import msgspec

from optlab.simulator.model.reading import stems
from optlab.simulator.model.skills.expressions import spell
from optlab.simulator.model.skills.quantities import Quantity, singular, unit_seconds

_SPEED = re.compile(r"\bspeed\b|\bhow fast\b")
_WAYS = frozenset(
    singular(w) for w in ["km", "kilometres", "kilometers", "miles", "metres", "meters", "m", "feet", "yards"]
)

_SOMEBODY_ELSE = "*"
"""Owner of a quantity that is compared with its own clause's owner: `her brother is 4 years younger than Anna`."""


class Step(msgspec.Struct, frozen=True):
    """One written operation, `4 * 15 = 60`."""

    left: float
    sign: str
    right: float
    value: float

    def written(self) -> str:
        """The step as one writes it."""
        return f"{spell(self.left)} {self.sign} {spell(self.right)} = {spell(self.value)}"


def apply(a: float, sign: str, b: float) -> float:
    """One operation; a division by nothing leaves what there was."""
    match sign:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
    return a / b if b else a


class Bench:
    """Where quantities are combined; every operation is written down."""

    def __init__(self, question: str, as_written: str) -> None:
        self.question = question
        self.names = set(re.findall(r"\b[A-Z][a-z]+\b", as_written))
        self.asked = stems(question)
        self.steps: list[Step] = []

    def run(self, found: list[Quantity]) -> float | None:
        """What the question asks for."""
        shared = self._shared(found)
        if shared is not None:
            return shared
        if _SPEED.search(self.question) and (speed := self._speed(found)) is not None:
            return speed
        items = self._rates(self._compared(found))
        if not items:
            return None
        if re.search(r"\baverage\b|\bmean\b", self.question):
            plain = [q.value for q in items if q.role not in ("scale", "share")]
            return self._do(self._sum(plain), "/", float(len(plain))) if plain else None
        if re.search(
            r"\bhow (?:many|much) (?:more|fewer|less|longer|older|taller|heavier)\b|\bdifference\b", self.question
        ):
            return self._difference(items)
        return self._running(items)

    def _do(self, a: float, sign: str, b: float) -> float:
        value = apply(a, sign, b)
        self.steps.append(Step(a, sign, b, value))
        return value

    def _sum(self, values: list[float]) -> float:
        total = values[0]
        for value in values[1:]:
            total = self._do(total, "+", value)
        return total

    def _shared(self, found: list[Quantity]) -> float | None:
        """What one has of a whole, where only comparisons say how it is shared: `x + 2x = 36`."""
        wholes = [q for q in found if q.whole]
        told = [q for q in found if q.role in ("times", "more")]
        if len(wholes) != 1 or not told or len(found) != len(told) + 1 or not all(q.other and q.owner for q in told):
            return None
        shares = _parts_of(told)
        if shares is None:
            return None
        asked = next((name for name in shares if name in self.names), None)
        if asked is None:
            return None
        beyond = [b for _, b in shares.values() if b]
        rest = wholes[0].value
        for b in beyond:
            rest = self._do(rest, "-" if b > 0 else "+", abs(b))
        one = self._do(rest, "/", self._sum([a for a, _ in shares.values()]))
        times, more = shares[asked]
        value = one if times == 1 else self._do(one, "*", times)
        return self._do(value, "+" if more > 0 else "-", abs(more)) if more else value

    def _speed(self, found: list[Quantity]) -> float | None:
        """The whole way by the whole time, in the unit of time that is asked for."""
        ways = [q.value for q in found if q.unit in _WAYS and q.role != "rate"]
        times = [q for q in found if unit_seconds(q.unit)]
        if not ways or not times or any(q.role == "rate" for q in found):
            return None
        per = re.search(r"\bper ([a-z]+)", self.question)
        wanted = unit_seconds(singular(per[1])) if per else None
        wanted = wanted or unit_seconds(times[0].unit) or 1.0
        spent = self._sum([self._timed(q, wanted) for q in times])
        return self._do(self._sum(ways), "/", spent)

    def _timed(self, q: Quantity, wanted: float) -> float:
        factor = (unit_seconds(q.unit) or wanted) / wanted
        if factor == 1:
            return q.value
        return self._do(q.value, "*", factor) if factor > 1 else self._do(q.value, "/", 1 / factor)

    def _compared(self, found: list[Quantity]) -> list[Quantity]:
        """`3 times as many as Tom`, `5 more than Ann`: out of Tom's or the last quantity, even if told later."""
        done: list[Quantity] = []
        waiting: list[Quantity] = []
        for q in found:
            if q.role not in ("times", "more"):
                done.append(q)
                continue
            base = next((d for d in reversed(done) if d.owner == q.other), None) if q.other else None
            if base is None and not q.other:
                base = next((d for d in reversed(done) if d.role in ("have", "gain", "lose")), None)
            if base is None:
                waiting.append(q)
            else:
                done.append(self._derived(q, base))
        for q in waiting:
            base = next((d for d in done if d.owner == q.other), done[0] if done else None)
            if base is not None:
                done.append(self._derived(q, base))
        return done

    def _derived(self, q: Quantity, base: Quantity) -> Quantity:
        if q.role == "times":
            value = (
                self._do(base.value, "*", q.value)
                if q.value >= 1 or q.value <= 0
                else self._do(base.value, "/", 1 / q.value)
            )
        else:
            value = self._do(base.value, "+" if q.value >= 0 else "-", abs(q.value))
        owner = _SOMEBODY_ELSE if q.owner == base.owner and q.other == base.owner else q.owner
        return Quantity(value, base.unit, "have" if base.role != "rate" else "rate", owner, per=base.per)

    def _rates(self, items: list[Quantity]) -> list[Quantity]:
        """Rates multiplied with what they are counted by, until none is left that meets its count."""
        while True:
            step = self._meeting(items, exact=True) or self._linking(items) or self._meeting(items, exact=False)
            if step is None:
                return self._inverse(items)
            items = step

    def _meeting(self, items: list[Quantity], *, exact: bool) -> list[Quantity] | None:
        """One rate multiplied with its counts; units of time meet each other only where `exact` is off."""
        for rate in (q for q in items if q.role == "rate"):
            counts = [q for q in items if q.role not in ("scale", "rate", "share") and _meets(rate, q, exact=exact)]
            if counts:
                at = min(items.index(q) for q in (rate, *counts))
                kept = [q for q in items if q is not rate and q not in counts]
                return [*kept[:at], self._product(rate, counts), *kept[at:]]
        return None

    def _linking(self, items: list[Quantity]) -> list[Quantity] | None:
        """Two rates made one: so many eggs per box, so many dollars per egg."""
        for rate in (q for q in items if q.role == "rate"):
            other = self._chained(rate, items)
            if other:
                product = msgspec.structs.replace(other, value=self._do(rate.value, "*", other.value), unit=rate.unit)
                return [product if q is other else q for q in items if q is not rate]
        return None

    def _chained(self, rate: Quantity, items: list[Quantity]) -> Quantity | None:
        return next((q for q in items if q.role == "rate" and q is not rate and q.unit == rate.per and q.unit), None)

    def _product(self, rate: Quantity, counts: list[Quantity]) -> Quantity:
        total = counts[0].value
        for q in counts[1:]:
            total = self._do(total, "-" if q.role == "lose" and counts[0].role != "lose" else "+", q.value)
        seconds, wanted = unit_seconds(counts[0].unit), unit_seconds(rate.per)
        if seconds and wanted and seconds != wanted:
            factor = seconds / wanted
            total = self._do(total, "*", factor) if factor >= 1 else self._do(total, "/", 1 / factor)
        role = counts[0].role if counts[0].role == "lose" and rate.unit != "dollar" else "have"
        if (
            rate.unit == "dollar"
            and counts[0].role in ("gain", "lose")
            and not re.search(r"\bearn|\bmake", self.question)
        ):
            role = "lose"
        return Quantity(self._do(total, "*", rate.value), rate.unit, role, counts[0].owner)

    def _inverse(self, items: list[Quantity]) -> list[Quantity]:
        """`How many boxes / how long / how many days`: a total divided by the rate that has its unit."""
        for rate in (q for q in items if q.role == "rate"):
            whole = next((q for q in items if q.role in ("have", "gain") and q.unit == rate.unit), None)
            if whole is not None and (rate.per in self.asked or "how long" in self.question):
                value = self._do(whole.value, "/", rate.value)
                return [Quantity(value, rate.per, "have", whole.owner), *(q for q in items if q not in (rate, whole))]
        return [msgspec.structs.replace(q, role="have") if q.role == "rate" else q for q in items]

    def _difference(self, items: list[Quantity]) -> float | None:
        plain = [q.value for q in items if q.role not in ("scale", "share")]
        if len(plain) < 2:
            return None
        return self._do(max(plain[0], plain[1]), "-", min(plain[0], plain[1]))

    def _running(self, items: list[Quantity]) -> float | None:
        """Gains and losses in the order told; a total adds everybody's, a cost adds what was spent."""
        together = bool(re.search(r"\b(?:altogether|total|in all|combined|together|both)\b", self.question))
        left = bool(re.search(r"\b(?:left|remain\w*|change|still|free|available|unsold)\b", self.question))
        spending = not left and bool(re.search(r"\b(?:spend|spent|cost|pay|paid)\b", self.question))
        if not together:
            items = self._concerned(items)
        items = _whole_first(_paid(items), left=left)
        add_all = spending or (together and all(q.role in ("lose", "scale", "share") for q in items))
        total: float | None = None
        for q in items:
            total = self._next(total, q, all_add=add_all)
        return abs(total) if total is not None else None

    def _concerned(self, items: list[Quantity]) -> list[Quantity]:
        """Whose quantities the question is about, where several people have some."""
        if items[-1].owner == _SOMEBODY_ELSE:
            return items[-1:]
        people = {q.owner for q in items if q.role in ("have", "gain", "lose")}
        named = [q for q in items if q.owner in self.names]
        if not named or len(people) < 2:
            return items
        return [q for q in items if q.owner in self.names or q.role in ("scale", "share")]

    def _next(self, total: float | None, q: Quantity, *, all_add: bool) -> float:
        if total is None:
            return q.value
        if q.role == "scale":
            return self._scaled(total, q)
        if q.role == "share":
            return self._do(total, "/", q.value or 1.0)
        if q.role == "cut" or (q.role == "lose" and not all_add):
            return self._do(total, "-", q.value)
        return self._do(total, "+", q.value)

    def _scaled(self, total: float, q: Quantity) -> float:
        share = 1.0 - q.value if 0 < q.value < 1 and re.search(r"\bnot\b", self.question) else q.value
        return self._do(total, "/", 2.0) if abs(share - 0.5) < 1e-9 else self._do(total, "*", round(share, 12))


def _parts_of(told: list[Quantity]) -> dict[str, tuple[float, float]] | None:
    """Everybody's part as so many times the first one's and so much more; None where a comparison hangs in the air."""
    owners = {q.owner for q in told}
    bases = {q.other for q in told} - owners
    if len(bases) != 1 or len(owners) != len(told):
        return None
    parts = dict.fromkeys(bases, (1.0, 0.0))
    waiting = list(told)
    while waiting:
        ready = next((q for q in waiting if q.other in parts), None)
        if ready is None:
            return None
        times, more = parts[ready.other]
        by = ready.value
        parts[ready.owner] = (times * by, more * by) if ready.role == "times" else (times, more + by)
        waiting.remove(ready)
    return parts


def _paid(items: list[Quantity]) -> list[Quantity]:
    """With a payment, what costs money is taken off it."""
    payment = next((q for q in items if q.role == "pay"), None)
    if payment is None:
        return items
    spent = [
        msgspec.structs.replace(q, role="lose") if q.unit == "dollar" and q.role != "scale" else q
        for q in items
        if q is not payment
    ]
    return [payment, *spent]


def _whole_first(items: list[Quantity], *, left: bool) -> list[Quantity]:
    """What is shared stands before by how many; what is left of a whole is the whole less its parts."""
    if len(items) > 1 and items[0].role == "share":
        items = [items[1], items[0], *items[2:]]
    if not left or any(q.role in ("lose", "cut", "scale", "share", "gain") for q in items):
        return items
    whole = max(items, key=lambda q: q.value)
    return [whole, *(msgspec.structs.replace(q, role="lose") for q in items if q is not whole)]


def _meets(rate: Quantity, q: Quantity, *, exact: bool) -> bool:
    if not exact:
        return unit_seconds(rate.per) is not None and unit_seconds(q.unit) is not None
    return rate.per == q.unit or (rate.per == "each" and bool(q.unit) and q.unit != rate.unit)
