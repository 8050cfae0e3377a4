"""Values for a JSON schema: tool inputs and structured answers, with every property it requires and of its type.

What the text says is asked for first (`Source`); what does not fit the schema is bent to fit or drawn.
"""

import math
import random
from collections.abc import Callable, Sequence

from optlab.simulator.model import patterns
from optlab.simulator.model.conforming import Schema, fits, kinds, number, resolve, same
from optlab.simulator.model.reading import content_words

Source = Callable[[tuple[str, ...], Schema], Sequence[object]]
"""Candidates for the value at a path of property names, best first; `None` among them: the text lacks it."""

_MAX_DEPTH = 12
_MOST_TRIES = 24
_MOST_VALUES = 3_000
"""Values made for one schema before short work is made of the rest: a schema may refer to itself."""

_MOST_ITEMS = 200
_LARGEST, _FINEST = 1e15, 1e-9
_OPTIONAL_DEPTH = 6
_EXAMPLES = {
    "date": ("2026-03-14", "2026-05-02", "2025-11-20"),
    "date-time": ("2026-03-14T09:30:00Z", "2026-05-02T16:00:00Z"),
    "time": ("09:30:00Z", "16:00:00Z"),
    "email": ("ada@example.com", "info@example.com"),
    "uri": ("https://example.com/page", "https://example.com/help"),
    "uuid": ("3f2b8c1e-5d47-4a90-9b6e-0c8d1f2a7e55", "a1c4e0d2-77b3-4f5e-8a16-2b9d0e4c6f38"),
    "ipv4": ("192.0.2.10", "198.51.100.7"),
}


def fill(schema: object, text: str, rng: random.Random, source: Source | None = None) -> object:
    """A value that satisfies `schema`. Strings that nothing speaks for are made of words of `text`, the question."""
    return _Filler(schema, text, rng, source or (lambda path, schema: ())).value(schema, ())


_FILLERS = ("example", "item", "note", "detail", "entry", "value")
_SHORT: dict[str, object] = {"object": {}, "array": [], "integer": 0, "number": 0, "boolean": False, "string": ""}


class _Filler:
    """One schema being filled."""

    def __init__(self, schema: object, text: str, rng: random.Random, source: Source) -> None:
        self.root: Schema = schema if isinstance(schema, dict) else {}
        said = content_words(text[:2000])[:40]
        self.pool = said if len(said) >= len(_FILLERS) else [*said, *_FILLERS]
        self.rng = rng
        self.source = source
        self.left = _MOST_VALUES

    def value(self, schema: object, path: tuple[str, ...], depth: int = 0) -> object:
        """A value for a schema at a path; the last of some tries where none fits."""
        if not isinstance(schema, dict):
            return self.rng.choice(self.pool)
        self.left -= 1
        schema = self._merged(schema)
        if self.left <= 0 or depth > 3 * _MAX_DEPTH:
            return _SHORT.get((kinds(schema) or ("string",))[0])
        asked = [] if "properties" in schema or "array" in kinds(schema) else self.source(path, schema)
        for candidate in asked:
            if fits(candidate, schema, self.root):
                return candidate
        made: object = None
        for _ in range(_MOST_TRIES if depth <= _MAX_DEPTH else 1):
            made = self._made(schema, path, depth)
            if fits(made, schema, self.root):
                break
        return made

    def _merged(self, schema: Schema) -> Schema:
        """References followed and `allOf` folded in, so that all keywords stand side by side."""
        for _ in range(_MAX_DEPTH):
            reference, every = schema.get("$ref"), schema.get("allOf")
            parts = [resolve(reference, self.root)] if isinstance(reference, str) else []
            parts += every if isinstance(every, list) else []
            if not parts:
                break
            rest = {k: v for k, v in schema.items() if k not in ("$ref", "allOf")}
            for part in parts:
                rest = _united(rest, part if isinstance(part, dict) else {})
            schema = rest
        return schema

    def _made(self, schema: Schema, path: tuple[str, ...], depth: int) -> object:
        if "const" in schema:
            return schema["const"]
        enum = schema.get("enum")
        if isinstance(enum, list) and enum:
            return self._one_of(enum)
        for combination in ("anyOf", "oneOf"):
            options = schema.get(combination)
            if isinstance(options, list) and options:
                return self._branch(schema, combination, options, path, depth)
        kind = self._kind(schema, path)
        match kind:
            case "integer" | "number":
                return self._number(schema, whole=kind == "integer")
            case "boolean":
                return self.rng.random() < 0.5
            case "null":
                return None
            case "array":
                return self._array(schema, path, depth)
            case "object":
                return self._object(schema, path, depth)
        return self._string(schema)

    def _kind(self, schema: Schema, path: tuple[str, ...]) -> str:
        named = kinds(schema)
        if not named:
            return (
                "object"
                if "properties" in schema or "required" in schema
                else "array"
                if "items" in schema
                else "string"
            )
        return next((k for k in named if k != "null"), "null")

    def _one_of(self, options: Sequence[object]) -> object:
        said = {w.lower() for w in self.pool}
        named = [o for o in options if isinstance(o, str) and o.lower() in said]
        return named[0] if named else self.rng.choice(options)

    def _branch(self, schema: Schema, key: str, options: Sequence[object], path: tuple[str, ...], depth: int) -> object:
        """One alternative together with what stands beside it; deep down the one that refers to nothing."""
        rest = {k: v for k, v in schema.items() if k != key}
        some = [o for o in options if isinstance(o, dict)] or [{}]
        if depth > _MAX_DEPTH // 2:
            some = sorted(some, key=lambda o: "$ref" in o or "properties" in o or "items" in o)[:1]
        typed = [o for o in some if o.get("type") != "null"]
        chosen = self.rng.choice(typed) if typed and self.rng.random() < 0.85 else self.rng.choice(some)
        return self.value(_united(rest, chosen), path, depth + 1)

    def _object(self, schema: Schema, path: tuple[str, ...], depth: int) -> dict[str, object]:
        properties, required = schema.get("properties"), schema.get("required")
        known = properties if isinstance(properties, dict) else {}
        needed = [r for r in required if isinstance(r, str)] if isinstance(required, list) else []
        filled: dict[str, object] = {}
        for name in [*known, *(n for n in needed if n not in known)]:
            inner = known.get(name, True)
            if name in needed or (depth < _OPTIONAL_DEPTH and self._known_of(inner, (*path, name))):
                filled[name] = self.value(inner, (*path, name), depth + 1)
        return filled

    def _known_of(self, schema: object, path: tuple[str, ...]) -> bool:
        """Whether an optional property is worth naming: the text holds it, or a draw says so."""
        if not isinstance(schema, dict) or schema.get("$ref") == "#":
            return False
        asked = self.source(path, self._merged(schema))
        return asked[0] is not None if asked else self.rng.random() < 0.4

    def _array(self, schema: Schema, path: tuple[str, ...], depth: int) -> list[object]:
        least, most = int(number(schema.get("minItems")) or 0), number(schema.get("maxItems"))
        limit = _MOST_ITEMS if most is None else int(min(most, _MOST_ITEMS))
        items = schema.get("items", {"type": "string"})
        found = self.source((*path, "[]"), self._merged(items) if isinstance(items, dict) else {})
        values = [v for v in found if v is not None and fits(v, items, self.root)]
        told = len(values) or (len(found) if found and all(v is None for v in found) else self.rng.randint(1, 2))
        wanted = max(least, 0 if depth > _MAX_DEPTH // 2 else told)
        for _ in range(min(wanted, limit) * 8):
            if len(values) >= wanted:
                break
            values.append(self.value(items, (*path, "[]", str(len(values))), depth + 1))
            if schema.get("uniqueItems") is True:
                values = [v for i, v in enumerate(values) if not any(same(v, w) for w in values[:i])]
        return values[:limit]

    def _number(self, schema: Schema, *, whole: bool) -> float | int:
        """A number within the bounds and on the grid of `multipleOf`."""
        step = number(schema.get("multipleOf")) or (1.0 if whole else 0.0)
        if whole and step and not step.is_integer():
            step = 1.0
        step = max(step, _FINEST) if step else step
        low, high = _bounds(schema, step or 1e-3)
        if step:
            first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
            value = self.rng.randint(first, max(first, last)) * step
            return int(value) if whole else float(f"{value:.12g}")
        drawn = low + (high - low) * self.rng.uniform(0.05, 0.95)
        return round(drawn, 3) if high - low > 0.05 else drawn if high > low else low

    def _string(self, schema: Schema) -> str:
        examples = _EXAMPLES.get(str(schema.get("format")))
        if examples:
            return self.rng.choice(examples)
        least, most = int(number(schema.get("minLength")) or 0), number(schema.get("maxLength"))
        pattern = schema.get("pattern")
        if isinstance(pattern, str):
            spelled = patterns.spelled(pattern, self.rng)
            if spelled is not None:
                return spelled
        text = " ".join(self.rng.sample(self.pool, min(len(self.pool), self.rng.randint(1, 3))))
        while len(text) < min(least, 20_000):
            text += " " + self.rng.choice(self.pool)
        return text if most is None else text[: max(int(most), 0)]


def _bounds(schema: Schema, gap: float) -> tuple[float, float]:
    """Lowest and highest value allowed; a span of ten where one end is open."""
    low, high = number(schema.get("minimum")), number(schema.get("maximum"))
    above, below = number(schema.get("exclusiveMinimum")), number(schema.get("exclusiveMaximum"))
    if above is not None:
        low = above + gap if low is None else max(low, above + gap)
    if below is not None:
        high = below - gap if high is None else min(high, below - gap)
    if low is None:
        low = 0.0 if high is None or high >= 0 else high - 10.0 * max(gap, 1.0)
    high = low + 10.0 * max(gap, 1.0) if high is None else high
    return max(low, -_LARGEST), min(high, _LARGEST)


def _united(a: Schema, b: Schema) -> dict[str, object]:
    """Two schemas that both must hold, as far as one can say it: properties and required joined, bounds tightened."""
    joined: dict[str, object] = {**a}
    for key, theirs in b.items():
        ours = joined.get(key)
        if isinstance(ours, dict) and isinstance(theirs, dict) and key == "properties":
            joined[key] = {**ours, **theirs}
        elif isinstance(ours, list) and isinstance(theirs, list) and key in ("required", "allOf"):
            joined[key] = [*ours, *(t for t in theirs if t not in ours)]
        elif isinstance(ours, list) and isinstance(theirs, list) and key == "enum":
            joined[key] = [o for o in ours if o in theirs] or theirs
        elif (x := number(ours)) is not None and (y := number(theirs)) is not None and key[:3] in ("min", "max", "exc"):
            low = key[:3] == "min" or key == "exclusiveMinimum"
            joined[key] = ours if (x >= y) == low else theirs
        else:
            joined[key] = theirs
    return joined
