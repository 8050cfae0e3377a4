"""Answers that are JSON: found, held against a schema, compared field by field."""

import json
from typing import Any

import msgspec
import pytest

from optlab.checks import BY_KIND
from optlab.checks.fields import flat
from optlab.checks.json_answer import json_in

PERSON = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "pattern": "^[A-Z]"}, "tags": {"type": "array", "uniqueItems": True}},
    "additionalProperties": False,
}


def score(kind: str, answer: str, **settings: Any) -> tuple[float, str]:
    result = BY_KIND[kind].judge(answer, settings)
    return result.score, result.why


@pytest.mark.parametrize(
    "answer",
    [
        '{"a": 1}',
        '  {"a": 1}\n',
        '```json\n{"a": 1}\n```',
        '```\n{"a": 1}\n```',
        'Here it is:\n```JSON\n{"a": 1}\n```\nAnything else?',
    ],
)
def test_json_is_found(answer: str) -> None:
    assert json_in(answer) == {"a": 1}


def test_a_fence_inside_of_json_is_text() -> None:
    assert json_in('{"code": "```python\\nx\\n```"}') == {"code": "```python\nx\n```"}


@pytest.mark.parametrize(
    "answer, words",
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ('Sure: {"a": 1}', "is no JSON"),
        ("{'a': 1}", "is no JSON"),
        ('{"a": 1,}', "is no JSON"),
        ('{"a": NaN}', "is no JSON"),
        ('{"a": 1} {"b": 2}', "is no JSON"),
        ('{"a": "\x01"}', "is no JSON"),
        ("```python\n{}\n```", "fence of 'python'"),
        ('```json\n{"a": 1}', "not closed"),
        ("[" * 100_000 + "]" * 100_000, "nested too deep"),
        ('"\ud800"', "is no JSON"),
        ("1" * 1_000_001, "longer than 1,000,000"),
    ],
)
def test_what_is_no_json(answer: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        json_in(answer)


@pytest.mark.parametrize(
    "answer, expected, why",
    [
        ('{"name": "Ada"}', 1.0, "fits the schema"),
        ('{"name": 3}', 0.0, "name: 3 is not of type 'string'"),
        ("{}", 0.0, "the whole: 'name' is a required property"),
        ('{"name": "ada"}', 0.0, "name: 'ada' does not match '^[A-Z]'"),
        ('{"name": "Ada", "x": 1}', 0.0, "the whole: Additional properties are not allowed ('x' was unexpected)"),
        ('{"name": "Ada", "tags": [1, 1.0]}', 0.0, "tags: has non-unique elements"),
        ('{"name": "Ada", "tags": [1, true, "1", [1], [true]]}', 1.0, "fits the schema"),
        ("Ada", 0.0, "is no JSON (JSON is malformed: invalid character (byte 0))"),
    ],
)
def test_json_schema(answer: str, expected: float, why: str) -> None:
    assert score("json_schema", answer, schema=PERSON) == (expected, why)


@pytest.mark.parametrize(
    "schema, words",
    [
        ({"type": "objekt"}, "`schema.type` is no JSON Schema: 'objekt' is not valid"),
        ({"properties": {"a": {"pattern": "("}}}, r"`schema.properties.a.pattern` is no JSON Schema"),
        ({"required": "name"}, "`schema.required` is no JSON Schema: 'name' is not of type 'array'"),
        ("text", "Expected `object`, got `str`"),
    ],
)
def test_a_schema_that_is_none(schema: Any, words: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=words):
        BY_KIND["json_schema"].parse({"schema": schema})


def test_the_draft_is_the_one_the_schema_names() -> None:
    old = {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": True}
    assert score("json_schema", "1", schema=old)[0] == 0.0
    assert score("json_schema", "2", schema=old)[0] == 1.0


def test_a_schema_reaches_for_nothing_outside_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def reached(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr("urllib.request.urlopen", reached)
    monkeypatch.setattr("socket.socket.connect", reached)
    found = score("json_schema", "{}", schema={"$ref": "http://127.0.0.1:9/person.json"})
    assert found == (0.0, "the schema refers to 'http://127.0.0.1:9/person.json', which is not in it")


NAMES: dict[str, Any] = {"patternProperties": {"^(a|a)+$": {"type": "integer"}, "^n": {"minimum": 1}}}


REST: dict[str, Any] = {"allOf": [{"$ref": "#/$defs/names"}], "$defs": {"names": NAMES}, "unevaluatedProperties": False}
OLD = {"$schema": "https://json-schema.org/draft/2019-09/schema"}


@pytest.mark.parametrize(
    "schema",
    [
        NAMES,
        {**NAMES, "additionalProperties": False, "properties": {"aa!": True}},
        {**NAMES, "unevaluatedProperties": False},
        REST,
        {**OLD, **REST},
    ],
)
def test_names_are_searched_under_the_time_limit(schema: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`re` takes twice as long for each further letter of such a name; nothing could stop it."""

    def too_long(pattern: str, text: str) -> bool:
        raise TimeoutError(f"{pattern} on {text}")

    monkeypatch.setattr("optlab.checks.json_schema.searched", too_long)
    assert score("json_schema", '{"aa!": 1}', schema=schema) == (0.0, "^(a|a)+$ on aa!")


@pytest.mark.parametrize(
    "answer, others, why",
    [
        ('{"aa": 1, "n1": 2, "x": 0}', True, "fits the schema"),
        ('{"aa": "1"}', True, "aa: '1' is not of type 'integer'"),
        ('{"n1": 0}', True, "n1: 0 is less than the minimum of 1"),
        ('{"aa": 1, "named": 5}', False, "fits the schema"),
        ('{"x": 0}', False, "the whole: Additional properties are not allowed ('x' was unexpected)"),
        ('{"x": 0}', {"type": "string"}, "x: 0 is not of type 'string'"),
        ('{"named": 0}', {"type": "string"}, "named: 0 is less than the minimum of 1"),
        ("[0]", False, "fits the schema"),
    ],
)
def test_names_by_pattern_and_all_others(answer: str, others: Any, why: str) -> None:
    schema = {**NAMES, "properties": {"named": True}, "additionalProperties": others}
    assert score("json_schema", answer, schema=schema)[1] == why


@pytest.mark.parametrize("schema", [REST, {**OLD, **REST}, {**NAMES, "unevaluatedProperties": False}])
def test_names_that_no_schema_speaks_of_and_a_pattern_that_never_ends(
    schema: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    unexpected = "the whole: Unevaluated properties are not allowed ('x' was unexpected)"
    assert score("json_schema", '{"aa": 1, "x": 0}', schema=schema) == (0.0, unexpected)
    assert score("json_schema", '{"aa": 1, "n1": 2}', schema=schema) == (1.0, "fits the schema")
    monkeypatch.setattr("re.search", lambda *_: pytest.fail("this search has no time limit"))
    assert score("json_schema", '{"aa": 1, "n1": 2}', schema=schema) == (1.0, "fits the schema")


def test_a_schema_that_refers_to_itself_forever_ends() -> None:
    assert score("json_schema", "{}", schema={"$ref": "#"}) == (0.0, "is nested too deep")


INVOICE = {"number": "A-17", "total": 120.5, "buyer": {"name": "Ada"}, "items": [{"n": 1}, {"n": 2}], "paid": False}


def test_fields_by_dotted_path() -> None:
    assert flat({"a": {"b": [1, {"c": 2}]}, "d": [], "e": {}}) == {"a.b.0": 1, "a.b.1.c": 2, "d": [], "e": {}}
    assert flat({"a.b": 1}) == flat({"a": {"b": 1}})


@pytest.mark.parametrize(
    "changed, settings, expected",
    [
        ({}, {}, 1.0),
        ({"more": 1}, {}, 1.0),
        ({"number": " a-17 "}, {}, 1.0),
        ({"number": "a-17"}, {"case": True}, 0.0),
        ({"total": 120.49}, {}, 0.0),
        ({"total": 120.49}, {"tolerance": 0.02}, 1.0),
        ({"total": 119}, {"relative": 0.02}, 1.0),
        ({"total": "120.5"}, {}, 0.0),
        ({"total": 10**400}, {}, 0.0),
        ({"paid": 0}, {}, 0.0),
        ({"buyer": {}}, {}, 0.0),
        ({"items": [{"n": 2}, {"n": 1}]}, {}, 0.0),
    ],
)
def test_fields(changed: dict[str, Any], settings: dict[str, Any], expected: float) -> None:
    assert score("fields", json.dumps(INVOICE | changed), expected=INVOICE, **settings)[0] == expected


def test_fields_say_which_one() -> None:
    assert score("fields", '{"a": 1}', expected={"a": 2}) == (0.0, "'a' is '1'")
    assert score("fields", "{}", expected={"a": {"b": 2}}) == (0.0, "'a.b' is missing")
    assert score("fields", "[]", expected={"a": 2}) == (0.0, "is no JSON object")
    assert score("fields", "none", expected={"a": 2})[0] == 0.0


def test_null_and_missing_are_the_same() -> None:
    assert score("fields", "{}", expected={"a": None})[0] == 1.0
    assert score("fields", '{"a": null}', expected={"a": None})[0] == 1.0
    assert score("fields", '{"a": 0}', expected={"a": None})[0] == 0.0


def test_field_wise_f1() -> None:
    expected = {"a": 1, "b": 2, "c": 3, "d": None}

    def f1(answer: dict[str, Any]) -> float:
        return score("fields", json.dumps(answer), expected=expected, score="f1")[0]

    assert f1({"a": 1, "b": 2, "c": 3}) == f1({"a": 1, "b": 2, "c": 3, "d": None}) == 1.0
    assert f1({"a": 1, "b": 2}) == pytest.approx(2 * 1 * (2 / 3) / (1 + 2 / 3))
    assert f1({"a": 1, "b": 2, "c": 3, "x": 9, "y": 9}) == pytest.approx(2 * 0.6 / 1.6)
    assert f1({"a": 1, "b": 2, "c": 3, "d": 4}) == pytest.approx(2 * 0.75 / 1.75)
    assert f1({"x": 1}) == f1({}) == 0.0


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"expected": {}}, "at least one field"),
        ({"expected": {"a": float("nan")}}, "`expected.a` is no text, number, true or false"),
        ({"expected": {"a": msgspec.UNSET}}, "`expected.a` is no text"),
        ({"expected": {"a": 1}, "tolerance": -1.0}, "`tolerance` is a number from 0 on"),
        ({"expected": {"a": 1}, "score": "most"}, "Invalid enum value 'most'"),
    ],
)
def test_broken_settings(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=words):
        BY_KIND["fields"].parse(settings)
