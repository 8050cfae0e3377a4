"""Every function against its reference values in `method_vectors.json`.

A vector is {"function", "args", "kwargs", "expect", "tolerance", "note"}. A number passes when |got - expect| <=
tolerance x max(1, |expect|). "compare" names another way to look: interval (null is an open side) or points (1-based
positions of a path).
"""

import importlib
import json
import math
from pathlib import Path
from typing import Any

import pytest

from optlab import stats

VECTORS = json.loads(Path(__file__).with_name("method_vectors.json").read_text(encoding="utf-8"))


def function_of(vector: dict[str, Any]) -> Any:
    module, _, name = vector["function"].rpartition(".")
    return getattr(importlib.import_module(module), name)


def close(got: Any, expect: Any, tolerance: float) -> bool:
    if isinstance(expect, dict):
        return all(close(getattr(got, field), value, tolerance) for field, value in expect.items())
    if isinstance(expect, list):
        return len(got) == len(expect) and all(map(close, got, expect, [tolerance] * len(expect)))
    if expect is None or isinstance(expect, (bool, str)):
        return bool(got == expect)
    return math.isclose(got, expect, rel_tol=0.0, abs_tol=tolerance * max(1.0, abs(expect)))


@pytest.mark.parametrize("vector", VECTORS, ids=[f"{at}-{v['function'][13:]}" for at, v in enumerate(VECTORS)])
def test_function_gives_the_reference_value(vector: dict[str, Any]) -> None:
    got, expect = function_of(vector)(*vector["args"], **vector["kwargs"]), vector["expect"]
    match vector.get("compare"):
        case "interval":
            got = [got.low, got.high]
        case "points":
            assert len(got) == expect["length"]
            got, expect = [got[int(position) - 1] for position in expect["at"]], list(expect["at"].values())
    assert close(got, expect, vector["tolerance"]), f"{got} is not {expect}"


def test_functions_with_vectors_are_offered_by_the_room() -> None:
    for name in {vector["function"].rpartition(".")[2] for vector in VECTORS}:
        assert name in stats.__all__
