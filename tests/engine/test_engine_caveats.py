"""Warnings about our own measurement: each one where it applies, in its words, and nowhere else."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from engine_builders import BASELINE, CACHING, MAX_TOKENS, SMALLER, STREAMING, WIDE, experiment, run, scenario, times

from optlab.backends.backend import BackendInfo
from optlab.catalogue import load
from optlab.core.experiment import Experiment, Variant
from optlab.core.record import Provenance, RunRecord
from optlab.core.usage import Usage
from optlab.core.verdict import Comparison
from optlab.engine.caveats import caveats
from optlab.engine.compare import compare
from optlab.engine.summary import summarise

INFO = BackendInfo(Provenance.SIMULATED, 1.0, "http://127.0.0.1:1", "no credential", False)


def warned(
    made: Experiment,
    runs: list[tuple[Variant, list[RunRecord]]],
    info: BackendInfo = INFO,
    comparisons: list[Comparison] | None = None,
) -> dict[str, str]:
    summaries = [summarise(variant, made.scenario.model, records, []) for variant, records in runs]
    return {caveat.code: caveat.sentence for caveat in caveats(made, info, summaries, comparisons or [])}


def quiet(n: int = 400, **given: Any) -> list[tuple[Variant, list[RunRecord]]]:
    return [(BASELINE, [run(BASELINE, i, **given) for i in range(n)])]


SCALED = (
    "the simulation ran at speed 50 and its times are scaled back, the client's own delays with them; "
    "leave --sim-speed out before believing small differences"
)
MANY = experiment(of=scenario(items=2))


def test_a_long_run_of_several_items_has_nothing_to_warn_of() -> None:
    assert warned(MANY, quiet()) == {}
    assert caveats(MANY, INFO, [], []) == ()


@pytest.mark.parametrize(
    "runs, codes",
    [(0, set()), (12, {"p90_open", "p99_open"}), (35, {"p90_open", "p99_open"}), (36, {"p99_open"}), (368, set())],
)
def test_too_few_runs_for_a_tail(runs: int, codes: set[str]) -> None:
    found = warned(MANY, quiet(runs))
    assert set(found) == codes
    if runs == 12:
        assert found["p90_open"] == (
            "p90 has no upper bound at n = 12, so only what is proven is given; "
            "36 runs a variant would bound it (--pairs 36)"
        )


def test_one_item() -> None:
    assert set(warned(experiment(), quiet())) == {"one_item"}


def test_the_clients_own_time() -> None:
    def info(floor_s: float | None, speed: float) -> BackendInfo:
        return BackendInfo(Provenance.SIMULATED, speed, "s", "w", False, floor_s=floor_s)

    assert warned(MANY, quiet(), info(0.002, 50.0)) == {"scaled": SCALED}  # 100 ms of 2 s are 5%
    found = warned(MANY, quiet(), info(0.0021, 50.0))
    assert found == {
        "floor": "at speed 50 the client's own 2.1 ms count as 105 ms; lower --sim-speed to believe small differences",
    }
    assert warned(MANY, quiet(), info(None, 50.0)) == {"scaled": SCALED}
    assert warned(MANY, quiet(), info(None, 1.0)) == {}
    far = BackendInfo(Provenance.MEASURED, 1.0, "s", "w", True, floor_s=1.0)
    assert warned(MANY, quiet(), far) == {}  # the way to a real server is waited for by its users as well


def test_too_few_pairs_for_what_counts_as_useful() -> None:
    made = experiment(STREAMING, of=scenario(items=2))
    base: list[float | None] = [2.0] * 12
    noisy: list[float | None] = [1.0, 3.0, 1.5, 2.5, 1.8, 2.4] * 2
    runs = [*quiet(), (STREAMING, [run(STREAMING, i) for i in range(400)])]
    undecided = compare(made, STREAMING, "e2e", times(STREAMING, base, noisy), WIDE)
    assert undecided is not None and undecided.verdict == "undecided"
    found = warned(made, runs, comparisons=[undecided])
    assert set(found) == {"power"}
    assert found["power"].startswith("12 pairs of streaming usually show a saving in end to end only from ")
    assert found["power"].endswith("% on, while 5% counts as useful; run more pairs")
    close = msgspec.structs.replace(undecided, smallest_visible=0.0499)
    assert warned(made, runs, comparisons=[close]) == {}
    both = experiment(STREAMING, SMALLER, of=scenario(items=2))
    other = msgspec.structs.replace(undecided, variant="smaller_model", smallest_visible=0.2)
    merged = warned(both, runs, comparisons=[undecided, other])["power"]
    assert "12 pairs of streaming" in merged and "12 pairs of smaller_model usually show" in merged
    settled = compare(made, STREAMING, "e2e", times(STREAMING, base, [1.0, 1.2] * 6), WIDE)
    assert settled is not None and settled.verdict == "better"
    assert warned(made, runs, comparisons=[settled]) == {}
    other = compare(made, STREAMING, "first_visible", times(STREAMING, base, noisy), WIDE)
    assert other is not None
    assert warned(made, runs, comparisons=[other]) == {}  # not what decides


def test_failures() -> None:
    found = warned(MANY, [(BASELINE, [run(BASELINE, i, failed=i < 3) for i in range(400)])])
    assert found == {
        "failed": "3 of 400 runs of baseline failed and count as infinitely slow; see why with --format jsonl"
    }


def test_baseline_answers_that_were_cut() -> None:
    records = [run(BASELINE, i, stop_reason="max_tokens" if i < 5 else "end_turn") for i in range(400)]
    found = warned(MANY, [(BASELINE, records)])
    assert set(found) == {"cut"}
    assert found["cut"].startswith("5 of 400 answers of baseline were cut at max_tokens, so their lengths and times")


def test_answers_that_a_lever_cuts_on_purpose_are_no_caveat() -> None:
    cut = [run(MAX_TOKENS, i, stop_reason="max_tokens") for i in range(400)]
    assert warned(experiment(MAX_TOKENS, of=scenario(items=2)), [*quiet(), (MAX_TOKENS, cut)]) == {}
    other = [run(STREAMING, i, stop_reason="max_tokens") for i in range(400)]
    assert set(warned(experiment(STREAMING, of=scenario(items=2)), [*quiet(), (STREAMING, other)])) == {"cut"}


def test_hits_and_misses_mixed() -> None:
    reads = [run(CACHING, i, usage=Usage(8, 50, 0, 0, 2_800 if i else 0)) for i in range(400)]
    found = warned(experiment(CACHING, of=scenario(items=2)), [*quiet(), (CACHING, reads)])
    assert set(found) == {"partly_cached"}
    assert found["partly_cached"].startswith("only 399 of 400 measured calls of caching read the cache")


def test_a_call_without_an_answer_is_no_miss() -> None:
    reads = [run(CACHING, i, usage=Usage(8, 50, 0, 0, 2_800) if i else Usage(), failed=i == 0) for i in range(400)]
    found = warned(experiment(CACHING, of=scenario(items=2)), [*quiet(), (CACHING, reads)])
    assert set(found) == {"failed"}


@pytest.mark.parametrize("tokens, code", [(1_500, "not_cached"), (900, "below_minimum")])
def test_how_long_the_prompt_is_does_not_hang_on_failed_or_repeated_calls(tokens: int, code: str) -> None:
    """Half of the runs failed and have no usage; as many again were set aside, and billed."""
    whole = [run(CACHING, i, usage=Usage(tokens, 50)) for i in range(200)]
    failed = [run(CACHING, i, usage=Usage(), failed=True) for i in range(200, 400)]
    made = experiment(CACHING, of=scenario(items=2))
    base = summarise(BASELINE, "m", quiet()[0][1], [])
    for measured, stray in ((whole + failed, []), (whole, whole)):
        found = caveats(made, INFO, [base, summarise(CACHING, "m", measured, whole[:1], stray)], [])
        assert code in {caveat.code for caveat in found}


def cached(model: str, usage: Usage) -> dict[str, str]:
    made = experiment(CACHING, of=scenario(items=2, model=model))
    runs = [run(CACHING, i, model=model, usage=usage) for i in range(400)]
    found = warned(made, [*quiet(), (CACHING, runs)])
    found.pop("retiring", None)
    return found


def test_a_prompt_too_short_to_be_cached() -> None:
    found = cached("claude-haiku-4-5-20251001", Usage(2_808, 50))
    assert found == {
        "below_minimum": "nothing was cached: the prompt has 2,808 tokens and Claude Haiku 4.5 caches from "
        "4,096 on, without any error"
    }


def test_a_prompt_that_should_have_been_read() -> None:
    assert set(cached("claude-sonnet-4-6", Usage(2_808, 50))) == {"not_cached"}
    assert set(cached("unknown", Usage(8, 50))) == {"not_cached"}
    assert cached("claude-sonnet-4-6", Usage(8, 50, 0, 0, 2_800)) == {}


def test_runs_that_needed_a_retry_are_told_apart_from_those_that_failed() -> None:
    def again(i: int) -> RunRecord:
        once = run(BASELINE, i)
        return msgspec.structs.replace(once, calls=(*once.calls, msgspec.structs.replace(once.calls[0], attempt=2)))

    records = [again(i) if i < 2 else run(BASELINE, i, failed=i == 2) for i in range(400)]
    found = warned(MANY, [(BASELINE, records)])
    assert set(found) == {"retried", "failed"}
    assert found["retried"].startswith("2 of 400 runs of baseline needed a retry: their answers and bills count")
    assert found["failed"].startswith("1 of 400 runs of baseline failed")
    assert set(warned(MANY, [(BASELINE, [again(i) for i in range(400)])])) == {"retried"}


@pytest.mark.parametrize(
    "reason, code", [("refusal", "refused"), ("model_context_window_exceeded", "window"), ("pause_turn", "paused")]
)
def test_odd_ends_of_answers(reason: str, code: str) -> None:
    found = warned(
        MANY, [(BASELINE, [run(BASELINE, i, stop_reason=reason if i < 3 else "end_turn") for i in range(400)])]
    )
    assert set(found) == {code}
    assert found[code].startswith("3 of 400 answers of baseline ")


def test_thinking_inside_the_time_per_token() -> None:
    records = [msgspec.structs.replace(run(BASELINE, i), tpot_thinking=i == 0) for i in range(400)]
    assert set(warned(MANY, [(BASELINE, records)])) == {"thinking_in_tpot"}


def cache_state(cold: Usage, warm: Usage) -> set[str]:
    made = experiment(CACHING, of=scenario(items=2))
    records = [run(CACHING, i, usage=warm) for i in range(400)]
    first = run(CACHING, 0, usage=cold, phase="cold")
    summaries = [summarise(BASELINE, "m", quiet()[0][1], []), summarise(CACHING, "m", records, [first])]
    return {caveat.code for caveat in caveats(made, INFO, summaries, [])}


def test_a_cache_that_is_not_in_the_state_its_label_says() -> None:
    writes, reads, both = Usage(8, 50, 2_800), Usage(8, 50, 0, 0, 2_800), Usage(8, 50, 100, 0, 2_700)
    assert cache_state(writes, reads) == set()
    assert cache_state(reads, reads) == {"cold_read"}
    assert cache_state(writes, both) == {"warm_wrote"}


def test_models_that_count_tokens_differently() -> None:
    made = experiment(SMALLER, of=scenario(items=2))

    def of(model: str) -> dict[str, str]:
        found = warned(made, [*quiet(), (SMALLER, [run(SMALLER, i, model=model) for i in range(400)])])
        found.pop("retiring", None)
        return found

    assert set(of("claude-haiku-5-5")) == {"tokenizers"}
    assert "Claude Sonnet 4.6, Claude Haiku 5.5" in of("claude-haiku-5-5")["tokenizers"]
    assert of("claude-haiku-4-5-20251001") == of("nobody-knows") == {}


def test_prices_that_are_old() -> None:
    summaries = [summarise(BASELINE, "m", quiet()[0][1], [])]

    def on(day: str | None) -> dict[str, str]:
        return {c.code: c.sentence for c in caveats(MANY, INFO, summaries, [], day)}

    as_of = date.fromisoformat(load().get("claude-sonnet-4-6").prices.as_of)
    assert on((as_of + timedelta(days=90)).isoformat()) == on(None) == {}
    found = on((as_of + timedelta(days=91)).isoformat())
    assert found == {
        "old_prices": f"the prices of Claude Sonnet 4.6 are 91 days old (as of {as_of}); check them, and put newer "
        "ones into prices.toml"
    }


def test_a_model_that_is_about_to_retire() -> None:
    retiring = [model for model in load().models if model.lifecycle.retires]
    for model in load().models:
        found = warned(MANY, quiet(model=model.id))
        if model in retiring:
            assert f"{model.display_name} retires on {model.lifecycle.retires}" in found["retiring"]
        else:
            assert found == {}
