"""Values for a JSON schema: tool inputs and structured answers with every required property of the right type."""

import random
from collections.abc import Mapping, Sequence

from optlab.simulator.model.reading import content_words

_MAX_DEPTH = 12


def fill(schema: object, text: str, rng: random.Random) -> object:
    """A value that satisfies the common keywords of `schema`: type, enum, const, required, bounds, items, $ref, anyOf.

    Strings are filled with words of `text`, the prompt's question.
    """
    pool = content_words(text)[:40] or ["example"]
    root = schema if isinstance(schema, dict) else {}
    return _value(schema, root, pool, rng, 0, "")


def _value(
    schema: object, root: Mapping[str, object], pool: Sequence[str], rng: random.Random, depth: int, name: str
) -> object:
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return rng.choice(pool)
    if "const" in schema:
        return schema["const"]
    enum = schema.get("enum")
    if isinstance(enum, list) and enum:
        return _mentioned(enum, pool) or rng.choice(enum)
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return _value(_resolve(reference, root), root, pool, rng, depth + 1, name)
    for combination in ("anyOf", "oneOf", "allOf"):
        options = schema.get(combination)
        if isinstance(options, list) and options:
            return _value(options[0], root, pool, rng, depth + 1, name)
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    match kind:
        case "integer":
            return _integer(schema, rng)
        case "number":
            return _number(schema, rng)
        case "boolean":
            return rng.random() < 0.5
        case "null":
            return None
        case "array":
            return _array(schema, root, pool, rng, depth, name)
        case "string":
            return _string(schema, pool, rng, name)
    return _object(schema, root, pool, rng, depth) if kind == "object" or "properties" in schema else rng.choice(pool)


def _object(
    schema: Mapping[str, object], root: Mapping[str, object], pool: Sequence[str], rng: random.Random, depth: int
) -> dict[str, object]:
    properties = schema.get("properties")
    known = properties if isinstance(properties, dict) else {}
    required = schema.get("required")
    needed = [r for r in required if isinstance(r, str)] if isinstance(required, list) else []
    names = [n for n in known if n in needed or (depth < 3 and rng.random() < 0.5)]
    names += [n for n in needed if n not in known]
    return {n: _value(known.get(n, {"type": "string"}), root, pool, rng, depth + 1, n) for n in names}


def _array(
    schema: Mapping[str, object],
    root: Mapping[str, object],
    pool: Sequence[str],
    rng: random.Random,
    depth: int,
    name: str,
) -> list[object]:
    least, most = _bound(schema, "minItems", 0), _bound(schema, "maxItems", 1000)
    count = min(max(int(least), rng.randint(1, 3)), int(most))
    return [_value(schema.get("items"), root, pool, rng, depth + 1, name) for _ in range(count)]


def _integer(schema: Mapping[str, object], rng: random.Random) -> int:
    low = _bound(schema, "minimum", _bound(schema, "exclusiveMinimum", 0) + (1 if "exclusiveMinimum" in schema else 0))
    high = _bound(schema, "maximum", max(low + 10, 10)) - (1 if "exclusiveMaximum" in schema else 0)
    high = min(high, _bound(schema, "exclusiveMaximum", high + 1) - 1)
    step = max(int(_bound(schema, "multipleOf", 1)), 1)
    first = -(-int(low) // step) * step
    return first + step * rng.randint(0, max((int(high) - first) // step, 0))


def _number(schema: Mapping[str, object], rng: random.Random) -> float:
    low = _bound(schema, "minimum", _bound(schema, "exclusiveMinimum", 0))
    high = _bound(schema, "maximum", _bound(schema, "exclusiveMaximum", low + 10))
    return round(low + (high - low) * rng.uniform(0.05, 0.95), 3)


def _string(schema: Mapping[str, object], pool: Sequence[str], rng: random.Random, name: str) -> str:
    formats = {
        "date": "2026-03-14",
        "date-time": "2026-03-14T09:30:00Z",
        "time": "09:30:00Z",
        "email": "ada@example.com",
        "uri": "https://example.com/page",
        "uuid": "3f2b8c1e-5d47-4a90-9b6e-0c8d1f2a7e55",
    }
    wanted = formats.get(str(schema.get("format")))
    if wanted:
        return wanted
    text = " ".join(rng.sample(list(pool), min(len(pool), rng.randint(1, 3)))) or name
    least, most = int(_bound(schema, "minLength", 0)), int(_bound(schema, "maxLength", 400))
    while len(text) < least:
        text += " " + rng.choice(pool)
    return text[: max(most, 0)]


def _mentioned(options: Sequence[object], pool: Sequence[str]) -> object:
    said = {w.lower() for w in pool}
    return next((o for o in options if isinstance(o, str) and o.lower() in said), None)


def _resolve(reference: str, root: Mapping[str, object]) -> object:
    node: object = root
    for part in reference.removeprefix("#/").split("/"):
        node = node.get(part) if isinstance(node, dict) else None
    return node


def _bound(schema: Mapping[str, object], key: str, default: float) -> float:
    value = schema.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else default
