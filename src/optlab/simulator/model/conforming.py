"""Whether a value satisfies a JSON schema: the keywords that structured outputs know.

Needed to choose between alternatives (`anyOf`, `oneOf`) and to keep what the text says only where the schema takes it.
"""

import math
import re
from collections.abc import Mapping
from datetime import date

import msgspec

from optlab.simulator.model.patterns import matches

Schema = Mapping[str, object]
_MOST_STEPS, _MOST_LEVELS = 20_000, 60
"""Schemas are a client's and may refer to themselves: checking ends after so many, and the rest counts as fitting."""

_FORMATS = {
    "date": r"\d{4}-\d{2}-\d{2}",
    "date-time": r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})",
    "time": r"\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})?",
    "email": r"[^\s@]{1,64}@[^\s@]{1,255}",
    "uri": r"[a-z][a-z0-9+.-]{0,20}:\S{1,2000}",
    "uuid": r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "ipv4": r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}",
}


def fits(value: object, schema: object, root: Schema) -> bool:
    """Whether a value satisfies a schema; references are looked up in `root`."""
    return _Checker(root).fits(value, schema)


def same(a: object, b: object) -> bool:
    """Equality as JSON has it: `true` is not 1."""
    return msgspec.json.encode(a, order="sorted") == msgspec.json.encode(b, order="sorted") or (
        number(a) is not None and number(a) == number(b)
    )


def number(value: object) -> float | None:
    """A JSON number as a float; None for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def resolve(reference: str, root: Schema) -> object:
    """What a local reference, `#/$defs/place`, stands for; True, which takes anything, where it leads nowhere."""
    node: object = root
    for part in reference.removeprefix("#").removeprefix("/").split("/"):
        if part:
            node = node.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(node, dict) else None
    return True if node is None else node


def kinds(schema: Schema) -> tuple[str, ...]:
    """The types a schema names."""
    kind = schema.get("type")
    named = kind if isinstance(kind, list) else [kind]
    return tuple(k for k in named if isinstance(k, str))


def _right_type(value: object, schema: Schema) -> bool:
    named = kinds(schema)
    return not named or any(_is(value, kind) for kind in named)


def _is(value: object, kind: str) -> bool:
    match kind:
        case "integer":
            return (n := number(value)) is not None and n.is_integer()
        case "number":
            return number(value) is not None
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
        case "array":
            return isinstance(value, list)
    return isinstance(value, dict)


class _Checker:
    """One check, with an end to its steps."""

    def __init__(self, root: Schema) -> None:
        self.root = root
        self.left = _MOST_STEPS
        self.depth = 0

    def fits(self, value: object, schema: object) -> bool:
        self.left -= 1
        if self.left < 0 or self.depth > _MOST_LEVELS or not isinstance(schema, dict):
            return schema is not False
        self.depth += 1
        try:
            return self._holds(value, schema)
        finally:
            self.depth -= 1

    def _holds(self, value: object, schema: Schema) -> bool:
        reference = schema.get("$ref")
        if isinstance(reference, str) and not self.fits(value, resolve(reference, self.root)):
            return False
        if "const" in schema and not same(value, schema["const"]):
            return False
        enum = schema.get("enum")
        if isinstance(enum, list) and not any(same(value, option) for option in enum):
            return False
        return _right_type(value, schema) and self._combined(value, schema) and self._inside(value, schema)

    def _hits(self, value: object, options: object) -> list[bool]:
        return [self.fits(value, o) for o in options] if isinstance(options, list) else []

    def _combined(self, value: object, schema: Schema) -> bool:
        every, some = self._hits(value, schema.get("allOf")), self._hits(value, schema.get("anyOf"))
        one = self._hits(value, schema.get("oneOf"))
        if not all(every) or (some and not any(some)) or (one and sum(one) != 1):
            return False
        return "not" not in schema or not self.fits(value, schema["not"])

    def _inside(self, value: object, schema: Schema) -> bool:
        if isinstance(value, str):
            return _string(value, schema)
        if isinstance(value, list):
            return _counted(value, schema) and all(self.fits(v, schema.get("items", True)) for v in value)
        if isinstance(value, dict):
            return self._object(value, schema)
        found = number(value)
        return found is None or _bounded(found, schema)

    def _object(self, value: dict[str, object], schema: Schema) -> bool:
        properties, required = schema.get("properties"), schema.get("required")
        known = properties if isinstance(properties, dict) else {}
        if isinstance(required, list) and any(r not in value for r in required):
            return False
        extra = schema.get("additionalProperties", True)
        return all(self.fits(v, known.get(k, extra)) for k, v in value.items())


def _bounded(value: float, schema: Schema) -> bool:
    low, high = number(schema.get("minimum")), number(schema.get("maximum"))
    above, below = number(schema.get("exclusiveMinimum")), number(schema.get("exclusiveMaximum"))
    step = number(schema.get("multipleOf"))
    if (low is not None and value < low) or (high is not None and value > high):
        return False
    if (above is not None and value <= above) or (below is not None and value >= below):
        return False
    quotient = value / step if step else 0.0
    return not math.isfinite(quotient) or math.isclose(quotient, round(quotient), rel_tol=0.0, abs_tol=1e-9)


def _string(value: str, schema: Schema) -> bool:
    least, most, pattern = number(schema.get("minLength")), number(schema.get("maxLength")), schema.get("pattern")
    if (least is not None and len(value) < least) or (most is not None and len(value) > most):
        return False
    form = _FORMATS.get(str(schema.get("format")))
    if form is not None and (not re.fullmatch(form, value) or not _real_day(value, str(schema["format"]))):
        return False
    return not isinstance(pattern, str) or matches(pattern, value) is not False


def _real_day(value: str, form: str) -> bool:
    if form not in ("date", "date-time"):
        return True
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return False
    return True


def _counted(value: list[object], schema: Schema) -> bool:
    least, most = number(schema.get("minItems")), number(schema.get("maxItems"))
    if (least is not None and len(value) < least) or (most is not None and len(value) > most):
        return False
    return schema.get("uniqueItems") is not True or not any(same(a, b) for i, a in enumerate(value) for b in value[:i])
