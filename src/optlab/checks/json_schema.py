"""JSON Schema: the answer, or its first fence, is JSON that fits a schema."""

import math
from functools import lru_cache
from types import FunctionType
from typing import Any

import msgspec

from optlab.checks.check import Check
from optlab.checks.json_answer import json_in
from optlab.checks.searching import searched

_LONGEST_REASON = 140
_EVALUATED = "find_evaluated_property_keys_by_schema"
"""The library's helper that tells which names of an object a schema speaks of."""


class JsonSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`schema`, of the draft that its `$schema` names (2020-12 where it names none). References stay inside it.

    In a scenario file `file` may stand in its place: a JSON file in the scenario's folder.
    """

    schema: dict[str, Any]

    def __post_init__(self) -> None:
        try:
            _validator(_canonical(self.schema))
        except RecursionError:
            raise ValueError("`schema` is nested too deep") from None
        except (TypeError, ValueError, _schema_error()) as error:
            where = "".join(f".{step}" for step in getattr(error, "path", ()))
            raise ValueError(f"`schema{where}` is no JSON Schema: {_brief(error)}") from None


def _schema_error() -> type[Exception]:
    from jsonschema.exceptions import SchemaError

    found: type[Exception] = SchemaError
    return found


def _canonical(schema: dict[str, Any]) -> bytes:
    return msgspec.json.encode(schema, order="deterministic")


@lru_cache(maxsize=64)
def _validator(schema: bytes) -> Any:
    """A validator that reaches for nothing outside the schema and cannot be held up by what it validates."""
    from jsonschema.validators import Draft202012Validator, extend, validator_for
    from referencing import Registry

    content = msgspec.json.decode(schema)
    draft = validator_for(content, default=Draft202012Validator)
    draft.check_schema(content, format_checker=draft.FORMAT_CHECKER)
    own = {"pattern": _pattern, "patternProperties": _named, "additionalProperties": _others, "uniqueItems": _unique}
    rest = "unevaluatedProperties"
    if rest in draft.VALIDATORS:
        own[rest] = _bounded(draft.VALIDATORS[rest])
    bounded = extend(draft, own)
    return bounded(content, registry=Registry())


class _Search:
    """What stands in the place of `re` where the library looks for names by pattern."""

    @staticmethod
    def search(pattern: str, name: str) -> bool:
        return searched(pattern, name)


def _bounded(keyword: Any) -> Any:
    """The library's own keyword, its helper's `re` exchanged; the helper walks through the whole schema."""
    helper = keyword.__globals__[_EVALUATED]
    own = FunctionType(helper.__code__, {**helper.__globals__, "re": _Search})
    own.__globals__[_EVALUATED] = own
    return FunctionType(keyword.__code__, {**keyword.__globals__, _EVALUATED: own})


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Any:
    from jsonschema import ValidationError

    if validator.is_type(instance, "string") and not searched(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _named(validator: Any, patterns: Any, instance: Any, schema: Any) -> Any:
    """Like the library's own, with the patterns of names under the time limit."""
    if validator.is_type(instance, "object"):
        for pattern, inner in patterns.items():
            for name in (name for name in instance if searched(pattern, name)):
                yield from validator.descend(instance[name], inner, path=name, schema_path=pattern)


def _others(validator: Any, allowed: Any, instance: Any, schema: Any) -> Any:
    """The same for what no name and no pattern of names speaks of."""
    from jsonschema import ValidationError

    if not validator.is_type(instance, "object"):
        return
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, value in instance.items():
        if name in named or any(searched(pattern, name) for pattern in patterns):
            continue
        if allowed is False:
            yield ValidationError(f"Additional properties are not allowed ({name!r} was unexpected)")
        else:
            yield from validator.descend(value, allowed, path=name)


def _unique(validator: Any, unique: bool, instance: Any, schema: Any) -> Any:
    """Like the library's own, in linear time."""
    from jsonschema import ValidationError

    if unique and validator.is_type(instance, "array"):
        items = [msgspec.json.encode(_plain(item), order="deterministic") for item in instance]
        if len(set(items)) < len(items):
            yield ValidationError("has non-unique elements")


def _plain(value: Any) -> Any:
    """A value in which equal numbers are written alike: to JSON Schema 1.0 is 1."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, float) and math.isfinite(value) and value.is_integer() else value


def _score(answer: str, settings: JsonSchema) -> tuple[float, str]:
    from referencing.exceptions import Unresolvable

    try:
        value = json_in(answer)
        problem = next(_validator(_canonical(settings.schema)).iter_errors(value), None)
    except RecursionError:
        return 0.0, "is nested too deep"
    except Unresolvable as error:
        return 0.0, f"the schema refers to {getattr(error, 'ref', '?')!r}, which is not in it"
    except (ValueError, TimeoutError) as error:
        return 0.0, str(error)
    if problem is None:
        return 1.0, "fits the schema"
    where = ".".join(str(step) for step in problem.absolute_path)
    return 0.0, f"{where or 'the whole'}: {_brief(problem)}"


def _brief(error: Any) -> str:
    words = str(getattr(error, "message", error))
    return words if len(words) <= _LONGEST_REASON else f"{words[:_LONGEST_REASON]} …"


JSON_SCHEMA = Check("json_schema", "the answer is JSON that fits a schema", JsonSchema, _score)
