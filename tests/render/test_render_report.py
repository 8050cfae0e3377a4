"""The JSON report: valid by its own schema whatever happened, and nothing else is."""

import copy
import json
import math
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from render_builders import CACHING, STREAMING, report

from optlab.core.experiment import Variant
from optlab.core.metrics import METRICS
from optlab.core.record import Provenance
from optlab.core.report import Report
from optlab.render.report_json import SCHEMA, report_object, schema

VALIDATOR = Draft202012Validator(schema())
REPORTS = {
    "normal": report(STREAMING),
    "candidate failed sometimes": report(STREAMING, fails=(0, 3, 5)),
    "candidate always failed": report(STREAMING, fails=tuple(range(12))),
    "no pairs": report(STREAMING, pairs=0),
    "nothing at all": report(STREAMING, pairs=0, cold=False, status="budget", variants=(), floor_ms=None),
    "several candidates": report(STREAMING, CACHING, Variant("baseline again")),
    "baseline alone": report(),
    "one pair": report(STREAMING, pairs=1),
    "many pairs": report(STREAMING, pairs=40),
    "measured": report(CACHING, provenance=Provenance.MEASURED, status="decided"),
}


def as_json(of: Report) -> Any:
    """What a program that reads the printed report gets; Python's own inf and nan are no JSON."""
    text = msgspec.json.encode(report_object(of)).decode()
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())
    assert schema()["title"] == SCHEMA


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_valid(name: str) -> None:
    assert list(VALIDATOR.iter_errors(as_json(REPORTS[name]))) == []
    json.dumps(report_object(REPORTS[name]), allow_nan=False)


def test_the_keys_that_the_design_names() -> None:
    made = as_json(REPORTS["normal"])
    assert {"schema", "scenario", "provenance", "sim_speed", "seed", "model_catalog_as_of"} <= set(made)
    assert {"variants", "comparisons", "cards", "caveats"} <= set(made)
    (variant,) = (v for v in made["variants"] if v["name"] == "streaming")
    for key in ("name", "levers", "runs", "errors", "usage", "cost_usd", "quality", "cache", "stop_reasons"):
        assert key in variant
    assert {"total", "mean"} <= set(variant["cost_usd"])
    assert {"mean", "passed", "runs", "verdict", "margin", "by_check"} == set(variant["quality"])
    assert {"hit_rate", "read_tokens", "write_tokens"} == set(variant["cache"])
    assert {"variant", "metric", "estimate", "interval", "pairs", "verdict"} <= set(made["comparisons"][0])
    assert {"variant", "verdict", "reason", "payback_calls"} <= set(made["cards"][0])
    for metric in METRICS:
        assert (f"{metric.name}_ms" in variant) == (metric.unit == "s")


def test_figures_are_in_milliseconds_and_dollars() -> None:
    baseline, streaming = as_json(REPORTS["normal"])["variants"]
    assert baseline["first_visible_ms"]["p50"] == baseline["e2e_ms"]["p50"] == 4_000
    assert streaming["first_visible_ms"]["p50"] == streaming["ttft_ms"]["mean"] == 500
    assert streaming["tpot_visible_ms"]["max"] == pytest.approx(30)
    assert streaming["first_visible_ms"]["p50_interval"] == [500, 500]
    assert streaming["cost_usd"]["mean"] == pytest.approx(0.01)
    assert streaming["cost_usd"]["total"] == pytest.approx(0.13)  # the warm-up included
    assert streaming["cost_usd"]["by_class"] == {
        "input": pytest.approx(0.026),
        "output": pytest.approx(0.104),
        "cache_write_5m": 0,
        "cache_write_1h": 0,
        "cache_read": 0,
    }
    assert streaming["usage"]["output_tokens"] == 1_300
    assert streaming["cold"]["first_visible_ms"] == 500


def test_what_may_not_be_printed_is_null_with_the_reason_among_the_caveats() -> None:
    made = as_json(REPORTS["normal"])
    found = made["variants"][1]["first_visible_ms"]
    assert found["n"] == 12
    assert found["p90"] is None and found["p90_interval"] == [500, None]
    assert found["p99"] is None
    assert {"p90_open", "p99_open"} <= {caveat["code"] for caveat in made["caveats"]}
    many = as_json(REPORTS["many pairs"])
    assert many["variants"][1]["first_visible_ms"]["p90"] == 500
    assert "p90_open" not in {caveat["code"] for caveat in many["caveats"]}


def test_an_absent_metric_is_null_everywhere() -> None:
    plain = as_json(REPORTS["normal"])["variants"][0]["ttft_ms"]
    assert plain.pop("n") == 0
    intervals = {key: plain.pop(key) for key in list(plain) if key.endswith("_interval")}
    assert set(plain.values()) == {None}
    assert all(interval == [None, None] for interval in intervals.values())


def test_an_infinite_figure_is_the_word_inf() -> None:
    some = as_json(REPORTS["candidate failed sometimes"])["variants"][1]
    assert (some["errors"], some["runs"]) == (3, 12)
    assert some["e2e_ms"]["p50"] == 4_000
    assert (some["e2e_ms"]["mean"], some["e2e_ms"]["max"]) == ("inf", "inf")
    every = as_json(REPORTS["candidate always failed"])
    assert every["variants"][1]["e2e_ms"]["p50"] == "inf"
    assert every["cards"][0]["verdict"] == "ROLL BACK"


def test_cards_and_comparisons_belong_to_their_variants() -> None:
    made = as_json(REPORTS["several candidates"])
    names = ["streaming", "caching", "baseline again"]
    assert [variant["name"] for variant in made["variants"]] == ["baseline", *names]
    assert [card["variant"] for card in made["cards"]] == names
    assert {comparison["variant"] for comparison in made["comparisons"]} == set(names)
    for variant in made["variants"]:
        assert (variant["quality"]["verdict"] is None) == (variant["name"] == "baseline")
    first = next(c for c in made["comparisons"] if (c["variant"], c["metric"]) == ("streaming", "first_visible"))
    assert first["estimate"] == pytest.approx(0.875)
    assert (first["pairs_seen"], first["pairs_won"]) == (12, 12)


def test_no_pairs_no_verdicts() -> None:
    made = as_json(REPORTS["no pairs"])
    assert made["cards"] == made["comparisons"] == []
    assert [variant["runs"] for variant in made["variants"]] == [0, 0]
    assert made["variants"][0]["cost_usd"] == {
        "total": pytest.approx(0.01),
        "mean": None,
        "by_class": made["variants"][0]["cost_usd"]["by_class"],
    }


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Paths of all objects inside a JSON value."""
    if isinstance(value, dict):
        yield path
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def test_a_key_too_many_is_refused_in_every_object() -> None:
    whole = as_json(REPORTS["normal"])
    found = list(places(whole))
    assert len(found) > 30
    for path in found:
        mutated = copy.deepcopy(whole)
        at(mutated, path)["surprise"] = "text"
        assert not VALIDATOR.is_valid(mutated), path


OPTIONAL = {"source", "failure", "floor_ms", "model", "cold", "pairs_seen", "pairs_won"}
OPTIONAL |= {"spent_usd", "saving_per_call_usd", "share_differences", "retried", "thinking_in_tpot", "needs"}
OPTIONAL |= {"by_check", "judging", "batches", "trade_off"}
OPTIONAL |= {"unit", "primary_reason", "waits", "tied", "sensitivity_interval", "specificity_interval"}
OPTIONAL |= {"won_by", "lost_by", "probability_faster", "smallest_visible", "note"}
OPTIONAL |= {f"{name}_ms" for name in ("start", "first_thought", "e2e_retries", "gap_mean", "gap_p95", "gap_max")}
OPEN = {"by_class", "stop_reasons", "shares", "by_check"}


def test_a_key_too_few_is_refused_but_for_the_optional_ones() -> None:
    whole = as_json(REPORTS["normal"])
    tried = 0
    for path in places(whole):
        if path and path[-1] in OPEN:
            continue
        for key in list(at(whole, path)):
            if key in OPTIONAL or (
                path[:1] in (("cards",), ("comparisons",))
                and len(path) == 2
                and key in ("quality", "guards", "pairs_needed", "primary")
            ):
                continue
            mutated = copy.deepcopy(whole)
            del at(mutated, path)[key]
            tried += 1
            assert not VALIDATOR.is_valid(mutated), (path, key)
    assert tried > 150


@pytest.mark.parametrize(
    "path, value",
    [
        (("schema",), "optlab.report/2"),
        (("provenance",), "guessed"),
        (("provenance",), None),
        (("status",), "fine"),
        (("sim_speed",), 0),
        (("seed",), 1.5),
        (("pairs",), -1),
        (("cost_usd",), -0.01),
        (("cost_usd",), "inf"),
        (("primary",), "speed"),
        (("variants", 0, "runs"), -1),
        (("variants", 0, "levers"), "streaming"),
        (("variants", 0, "e2e_ms", "p50"), "infinite"),
        (("variants", 0, "e2e_ms", "p50"), True),
        (("variants", 0, "e2e_ms", "p90_interval"), [1, 2, 3]),
        (("variants", 0, "e2e_ms", "p90_interval"), [1]),
        (("variants", 0, "e2e_ms", "p90_interval"), [1, "inf"]),
        (("variants", 0, "e2e_ms", "p90_interval"), None),
        (("variants", 0, "usage", "input_tokens"), 1.5),
        (("variants", 0, "quality", "verdict"), "good"),
        (("variants", 0, "stop_reasons", "end_turn"), -1),
        (("comparisons", 0, "verdict"), "ADOPT"),
        (("comparisons", 0, "metric"), "speed"),
        (("comparisons", 0, "estimate"), "inf"),
        (("cards", 0, "verdict"), "MAYBE"),
        (("cards", 0, "payback_calls"), "inf"),
        (("cards", 0, "guards", 0, "state"), "half open"),
        (("cards", 0, "quality", "basis"), "a feeling"),
        (("caveats", 0, "sentence"), None),
    ],
)
def test_a_wrong_value_is_refused(path: tuple[str | int, ...], value: Any) -> None:
    mutated = as_json(REPORTS["normal"])
    assert VALIDATOR.is_valid(mutated)
    at(mutated, path[:-1])[path[-1]] = value
    assert not VALIDATOR.is_valid(mutated)


def test_the_report_survives_the_history() -> None:
    """What is kept as JSON gives the same printed report, infinities included."""
    for made in REPORTS.values():
        kept = msgspec.json.decode(msgspec.json.encode(made), type=Report)
        assert kept == made
        assert report_object(kept) == report_object(made)


def test_the_estimate_of_a_report_is_a_finite_number() -> None:
    for made in REPORTS.values():
        for comparison in made.comparisons:
            assert comparison.estimate is None or math.isfinite(comparison.estimate)
