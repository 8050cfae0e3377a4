"""Values for JSON schemas: whatever schema of the known subset, the value validates; no schema or pattern can hang."""

import json
import random
import re
from typing import Any

import jsonschema
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optlab.simulator.model import fill
from optlab.simulator.model.conforming import fits
from optlab.simulator.model.patterns import matches, spelled

PATTERNS = (
    r"^\d{5}$",
    r"^[A-Z]{2}-\d{3,6}$",
    r"^(cat|dog)s?$",
    r"^[^@\s]+@[a-z]+\.[a-z]{2,3}$",
    r"\w+",
    r"^#[0-9a-fA-F]{6}$",
)
FORMATS = ("date", "date-time", "time", "email", "uri", "uuid", "ipv4")

strings = st.one_of(
    st.just({"type": "string"}),
    st.builds(
        lambda a, b: {"type": "string", "minLength": a, "maxLength": a + b}, st.integers(0, 30), st.integers(0, 30)
    ),
    st.sampled_from(PATTERNS).map(lambda p: {"type": "string", "pattern": p}),
    st.sampled_from(FORMATS).map(lambda f: {"type": "string", "format": f}),
    st.lists(st.text(max_size=6), min_size=1, max_size=4, unique=True).map(lambda o: {"type": "string", "enum": o}),
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)).map(lambda c: {"const": c}),
)
integers = st.builds(
    lambda low, span, step: {"type": "integer", "minimum": low, "maximum": low + span + step, "multipleOf": step},
    st.integers(-50, 50), st.integers(0, 20), st.integers(1, 7),
)  # fmt: skip
numbers = st.one_of(
    st.just({"type": "number"}),
    st.builds(
        lambda low, span: {"type": "number", "exclusiveMinimum": low, "maximum": low + span},
        st.integers(-9, 9),
        st.integers(1, 9),
    ),
    st.builds(
        lambda low, span: {"type": "number", "minimum": low, "exclusiveMaximum": low + span},
        st.integers(-9, 9),
        st.floats(0.01, 9),
    ),
)
plain: st.SearchStrategy[dict[str, Any]] = st.one_of(
    strings,
    integers,
    numbers,
    st.just({"type": "boolean"}),
    st.just({"type": "null"}),
    st.just({"type": ["integer", "null"]}),
)


def nested(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from(["name", "amount", "date", "city", "total_price", "is_open", "tags", "items"])
    properties = st.dictionaries(names, inner, max_size=4)
    objects = st.builds(
        lambda p, n, closed: {
            "type": "object",
            "properties": p,
            "required": list(p)[:n],
            **({"additionalProperties": False} if closed else {}),
        },
        properties, st.integers(0, 4), st.booleans(),
    )  # fmt: skip
    return st.one_of(
        objects,
        st.builds(
            lambda i, a, b: {"type": "array", "items": i, "minItems": a, "maxItems": a + b},
            inner,
            st.integers(0, 3),
            st.integers(0, 3),
        ),
        st.builds(
            lambda a: {"type": "array", "items": {"type": "string"}, "minItems": a, "uniqueItems": True},
            st.integers(0, 5),
        ),
        st.lists(inner, min_size=1, max_size=3).map(lambda o: {"anyOf": o}),
        st.builds(
            lambda p, q: {
                "allOf": [
                    {"type": "object", "properties": p, "required": list(p)},
                    {"type": "object", "properties": {"extra": q}, "required": ["extra"]},
                ]
            },
            properties,
            inner,
        ),
        st.builds(
            lambda p: {"type": "object", "properties": {"kind": p}, "required": ["kind"]},
            st.just({"$ref": "#/$defs/kind"}),
        ),
        st.just({"oneOf": [{"type": "integer"}, {"type": "string", "minLength": 2}, {"type": "boolean"}]}),
    )


schemas = st.recursive(plain, nested, max_leaves=8)


@given(
    schemas, st.sampled_from(["", "Send 3 red lamps to Rome for $12.50 by 2025-03-04, is it open?"]), st.integers(0, 9)
)
@settings(max_examples=200, deadline=None)
def test_values_validate_against_random_schemas(schema: dict[str, Any], text: str, seed: int) -> None:
    schema = {**schema, "$defs": {"kind": {"enum": ["a", "b", 3]}}}
    value = fill(schema, text, random.Random(seed))
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(schema, format_checker=checker).validate(value)


@given(schemas, schemas)
@settings(max_examples=200, deadline=None)
def test_own_check_agrees_with_the_reference_implementation(schema: dict[str, Any], other: dict[str, Any]) -> None:
    assume('"format"' not in json.dumps(schema))  # the reference does not assert formats unless told how
    defs = {"$defs": {"kind": {"enum": ["a", "b", 3]}}}
    value = fill({**other, **defs}, "tea and toast", random.Random(0))
    assert fits(value, {**schema, **defs}, defs) == jsonschema.Draft202012Validator({**schema, **defs}).is_valid(value)


@given(st.sampled_from(PATTERNS), st.integers(0, 99), st.text(alphabet="ab1-XY#@. catsdog", max_size=12))
@settings(max_examples=200, deadline=None)
def test_patterns_are_spelled_and_matched_as_re_does(pattern: str, seed: int, text: str) -> None:
    made = spelled(pattern, random.Random(seed))
    assert made is not None
    assert re.search(pattern, made)
    assert matches(pattern, made) is True
    assert matches(pattern, text) is bool(re.search(pattern, text))


@pytest.mark.parametrize("pattern", [r"^(?=a)b", r"(a)\1", r"a{2,1}?b{,", "[", "a" * 500, "(" * 300])
def test_a_pattern_that_is_not_understood_says_nothing(pattern: str) -> None:
    assert matches(pattern, "a") is None
    assert spelled(pattern, random.Random(0)) is None
    assert isinstance(fill({"type": "string", "pattern": pattern}, "tea", random.Random(0)), str)


def test_a_pattern_that_makes_backtracking_explode_is_answered() -> None:
    assert matches("^(a+)+$", "a" * 200 + "!") is False
    assert matches("^(a|a|a)*$", "a" * 200 + "!") is False


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {
            "type": "object",
            "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}, "c": {"$ref": "#"}},
            "required": ["a", "b", "c"],
        },
        {"type": "array", "items": {"$ref": "#"}, "minItems": 3},
        {"type": "array", "items": {"type": "string"}, "minItems": 10**9},
        {"type": "string", "minLength": 10**9},
        {"type": "integer", "minimum": 10**300, "maximum": 10**301},
        {"type": "number", "multipleOf": 1e-300, "maximum": 1e300},
        {"type": "integer", "minimum": 5, "maximum": 2},
        {"enum": []},
        {"type": ["string", 3], "properties": [], "required": "x", "items": [], "anyOf": {}},
    ],
)
def test_a_schema_that_cannot_be_met_gets_the_best_that_can_be_done(schema: dict[str, Any]) -> None:
    fill(schema, "Send 3 lamps to Rome", random.Random(0))


def test_a_tree_that_refers_to_itself_is_filled() -> None:
    tree = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#"}}},
        "required": ["name", "children"],
        "additionalProperties": False,
    }
    for seed in range(20):
        jsonschema.validate(fill(tree, "A tree of teas", random.Random(seed)), tree)
