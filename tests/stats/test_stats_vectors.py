"""Every function against its reference values in `method_vectors.json`, and the forms no value there uses yet.

A vector is {"function", "args", "kwargs", "expect", "tolerance", "note"}. A number passes when |got - expect| <=
tolerance x max(1, |expect|); "+inf", "-inf" and "nan" are floats; an object in "expect" names fields of the result;
{"callable": ..} stands for a function. "compare" names another way to look: interval (null is an open side), raises
(the name of an exception), design (runs, factors, and what makes a design one), kept (that list, with at most
max_calls tests), points (1-based positions of a path), first_reach (first position at or above log_threshold).
"""

import importlib
import itertools
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from optlab import stats

VECTORS = json.loads(Path(__file__).with_name("method_vectors.json").read_text(encoding="utf-8"))

FORMS = [
    {"function": "quantiles.quantile", "args": [[1.0, "+inf"], 0.5], "expect": "+inf"},
    {"function": "paired.hodges_lehmann", "args": [["-inf"]], "expect": -20.0},
    {"function": "quantiles.quantile", "args": [[1.0, "nan"], 0.5], "expect": "ValueError", "compare": "raises"},
    {"function": "sequential.log_e_path", "args": [[1.0] * 9], "compare": "first_reach", "expect": 6,
     "log_threshold": math.log(40)},
    {"function": "sequential.log_e_path", "args": [[0.0] * 9], "compare": "first_reach", "expect": None,
     "log_threshold": math.log(40)},
    {"function": "search.ddmin", "args": [[4, 7, 7, 9], {"callable": "contains_groups", "groups": [[4, 9], [7]]}],
     "compare": "kept", "expect": {"kept": [4, 7], "max_calls": 12}},
]  # fmt: skip


def function_of(vector: dict[str, Any]) -> Any:
    name = vector["function"] if vector["function"].startswith("optlab.") else f"optlab.stats.{vector['function']}"
    module, _, function = name.rpartition(".")
    return getattr(importlib.import_module(module), function)


def pair_game(weights: Sequence[float], pairs: Sequence[tuple[int, int, float]]) -> Callable[[frozenset[int]], float]:
    def value(chosen: frozenset[int]) -> float:
        return sum(weights[at] for at in chosen) + sum(w for i, j, w in pairs if {i, j} <= chosen)

    return value


def stand_in(told: dict[str, Any]) -> Callable[..., Any]:
    """The function a vector describes."""
    match told["callable"]:
        case "contains_all":
            return lambda kept: set(told["items"]) <= set(kept)
        case "contains_groups":
            return lambda kept: all(set(group) & set(kept) for group in told["groups"])
        case "sizes":
            return lambda item: told["values"][item]
        case "pair_game":
            return pair_game(told["weights"], told["pairs"])
    raise AssertionError(f"unknown callable {told}")


def read(value: Any) -> Any:
    """What a value of the file stands for."""
    if isinstance(value, str) and value in {"+inf", "-inf", "nan"}:
        return float(value)
    if isinstance(value, dict):
        named = {name: read(part) for name, part in value.items()}
        return stand_in(named) if "callable" in value else named
    return [read(part) for part in value] if isinstance(value, list) else value


def close(got: Any, expect: Any, tolerance: float) -> bool:
    if isinstance(expect, dict):
        return all(close(getattr(got, field), value, tolerance) for field, value in expect.items())
    if isinstance(expect, list):
        return len(got) == len(expect) and all(map(close, got, expect, [tolerance] * len(expect)))
    if expect is None or isinstance(expect, (bool, str)):
        return bool(got == expect)
    if math.isnan(expect) or math.isinf(expect):
        return repr(float(got)) == repr(expect)
    return math.isclose(got, expect, rel_tol=0.0, abs_tol=tolerance * max(1.0, abs(expect)))


def is_design(rows: list[list[int]], runs: int, factors: int) -> bool:
    """Balanced, orthogonal, and no column equal or opposite to the product of two columns."""
    columns = list(zip(*rows, strict=True))
    balanced = all(sum(column) == 0 and set(column) == {-1, 1} for column in columns)
    apart = all(
        sum(map(math.prod, zip(*some, strict=True))) == 0
        for size in (2, 3)
        for some in itertools.combinations(columns, size)
    )
    return len(rows) == runs and len(columns) == factors and balanced and apart


def agrees(vector: dict[str, Any]) -> bool:
    """Whether the function gives what the vector expects."""
    function, expect, tolerance = function_of(vector), read(vector["expect"]), vector.get("tolerance", 0)
    args, kwargs = read(vector["args"]), read(vector.get("kwargs", {}))
    if vector.get("compare") == "raises":
        with pytest.raises(Exception) as raised:
            function(*args, **kwargs)
        return bool(raised.type.__name__ == expect)
    got = function(*args, **kwargs)
    match vector.get("compare"):
        case "interval":
            return close([got.low, got.high], expect, tolerance)
        case "design":
            return is_design(got, **expect)
        case "kept":
            return list(got.kept) == expect["kept"] and 0 < got.calls <= expect["max_calls"]
        case "points":
            at = [got[int(position) - 1] for position in expect["at"]]
            return len(got) == expect["length"] and close(at, list(expect["at"].values()), tolerance)
        case "first_reach":
            reached = (at for at, value in enumerate(got, 1) if value >= vector["log_threshold"])
            return next(reached, None) == expect
        case None:
            return close(got, expect, tolerance)
    raise AssertionError(f"unknown comparison in {vector}")


def labels(vectors: list[dict[str, Any]]) -> list[str]:
    return [f"{at}-{vector['function'].removeprefix('optlab.stats.')}" for at, vector in enumerate(vectors)]


@pytest.mark.parametrize("vector", VECTORS, ids=labels(VECTORS))
def test_function_gives_the_reference_value(vector: dict[str, Any]) -> None:
    assert agrees(vector), vector["expect"]


@pytest.mark.parametrize("vector", FORMS, ids=labels(FORMS))
def test_every_form_of_a_vector_is_understood(vector: dict[str, Any]) -> None:
    assert agrees(vector), vector["expect"]


@pytest.mark.parametrize(
    "broken",
    [
        {**VECTORS[0], "expect": 3885.0},
        {**FORMS[0], "expect": "-inf"},
        {**FORMS[2], "expect": "TypeError"},
        {**FORMS[3], "expect": 7},
        {**FORMS[5], "expect": {"kept": [7, 9], "max_calls": 12}},
        {**FORMS[5], "expect": {"kept": [4, 7], "max_calls": 1}},
        *({**vector, "expect": {"runs": 8, "factors": 6}} for vector in VECTORS if vector.get("compare") == "design"),
        *({**vector, "expect": [0.0, None]} for vector in VECTORS if vector.get("compare") == "interval"),
    ],
    ids=lambda vector: vector["function"],
)
def test_a_wrong_value_is_noticed(broken: dict[str, Any]) -> None:
    assert not agrees(broken)


def test_functions_with_vectors_are_offered_by_the_room() -> None:
    assert len(VECTORS) == 61
    for vector in VECTORS:
        assert vector["function"].rpartition(".")[2] in stats.__all__
