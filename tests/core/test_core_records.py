"""Arithmetic of tokens, what a run record derives, and the table of metrics."""

import math
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from optlab.catalogue import Cost
from optlab.core import errors
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.metrics import BY_NAME, DECIDABLE, METRICS
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallError, CallRecord, CheckResult, Provenance, RunRecord
from optlab.core.scenario import CheckSpec, FigureName, MetricName, Sample, Scenario
from optlab.core.usage import Usage

USAGES = st.builds(Usage, *(st.integers(0, 10**6) for _ in range(6)))


def call(**given: Any) -> CallRecord:
    base: dict[str, Any] = {"id": "c", "model": "m", "streamed": True, "sent_at_s": 0.0, "ended_at_s": 2.0}
    return CallRecord(**(base | {"provenance": Provenance.SIMULATED} | given))


def run(**given: Any) -> RunRecord:
    base: dict[str, Any] = {
        "id": "r",
        "variant": "v",
        "sample": "s",
        "pair": 0,
        "phase": "measured",
        "started_at": "2026-12-01T00:00:00",
        "calls": (call(),),
        "answer": "a",
        "e2e_s": 2.0,
        "first_visible_s": 0.5,
        "ttft_s": 0.5,
        "tpot_s": 0.02,
        "tpot_visible_s": 0.01,
    }
    return RunRecord(**(base | given))


PLAIN = {"first_visible_s": 2.0, "ttft_s": None, "tpot_s": None, "tpot_visible_s": None}
FAILURE = CallError("timeout", "took too long")


def test_prompt_tokens_are_all_three_classes() -> None:
    usage = Usage(1, 20, 300, 4_000, 50_000, 6)
    assert usage.cache_write_tokens == 4_300
    assert usage.prompt_tokens == 54_301


@given(USAGES, USAGES)
def test_usages_add_class_by_class(a: Usage, b: Usage) -> None:
    total = a + b
    assert total == b + a
    assert total.prompt_tokens == a.prompt_tokens + b.prompt_tokens
    assert total.output_tokens == a.output_tokens + b.output_tokens
    assert total.thinking_tokens == a.thinking_tokens + b.thinking_tokens
    assert total.cache_read_tokens == a.cache_read_tokens + b.cache_read_tokens
    assert total.cache_write_5m_tokens == a.cache_write_5m_tokens + b.cache_write_5m_tokens
    assert a + Usage() == a


def test_a_run_bills_all_its_calls_also_failed_ones() -> None:
    calls = (
        call(usage=Usage(10, 1), cost=Cost(input_usd=0.5)),
        call(usage=Usage(20, 2), cost=Cost(output_usd=0.25), error=FAILURE),
    )
    both = run(calls=calls, error=FAILURE)
    assert both.usage == Usage(30, 3)
    assert both.cost == Cost(input_usd=0.5, output_usd=0.25)
    assert both.cost.total_usd == 0.75
    assert both.failed


def test_the_lowest_check_counts() -> None:
    assert run().score is None
    checks = (CheckResult("contains", 1.0), CheckResult("regex", 0.25), CheckResult("equals", 0.5))
    assert run(checks=checks).score == 0.25


def test_the_table_of_metrics_is_the_type_of_their_names() -> None:
    assert {m.name for m in METRICS} == set(get_args(FigureName))
    assert len(METRICS) == len(get_args(FigureName))
    assert {name: m.name for name, m in BY_NAME.items()} == {name: name for name in get_args(FigureName)}
    assert get_args(MetricName) == DECIDABLE
    assert {BY_NAME[name].kind for name in DECIDABLE} == {"distribution"}
    assert {m.name for m in METRICS if m.better == "higher"} == {"tokens_per_s", "cache_hit", "goodput", "quality"}
    assert {m.name for m in METRICS if m.unit == "usd"} == {"cost_usd"}
    assert len({m.title for m in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.formula and metric.absent and metric.title == metric.title.strip()


ABSENT = dict.fromkeys(
    ("start", "first_thought", "gap_mean", "gap_p95", "gap_max", "tokens_per_s", "goodput", "quality")
)
SHARES = {"cache_hit": 0.0, "escalation": 0.0, "truncation": 0.0, "refusal": 0.0}


def readings(record: RunRecord) -> dict[str, float | None]:
    return {metric.name: metric.read(record) for metric in METRICS}


def test_metrics_of_a_streamed_run() -> None:
    record = run(calls=(call(cost=Cost(output_usd=0.003)),))
    expected = {"first_visible": 0.5, "ttft": 0.5, "e2e": 2.0, "tpot": 0.02, "tpot_visible": 0.01, "cost_usd": 0.003}
    assert readings(record) == ABSENT | SHARES | expected | {"e2e_retries": 2.0}


def test_metrics_of_pieces_and_pauses() -> None:
    record = run(
        start_s=0.25, first_thought_s=0.375, gap_mean_s=0.125, gap_p95_s=0.5, gap_max_s=0.75, tokens_per_s=64.0
    )
    found = readings(record)
    assert (found["start"], found["first_thought"]) == (0.25, 0.375)
    assert (found["gap_mean"], found["gap_p95"], found["gap_max"], found["tokens_per_s"]) == (0.125, 0.5, 0.75, 64.0)


def test_shares_of_a_run() -> None:
    def share(name: FigureName, **given: Any) -> float | None:
        return BY_NAME[name].read(run(**given))

    read = (call(usage=Usage(1, 1, cache_read_tokens=5)),)
    assert (share("cache_hit"), share("cache_hit", calls=read)) == (0.0, 1.0)
    for reason, cut, refused in (
        ("end_turn", 0.0, 0.0),
        ("max_tokens", 1.0, 0.0),
        ("model_context_window_exceeded", 1.0, 0.0),
        ("pause_turn", 0.0, 0.0),
        ("refusal", 0.0, 1.0),
    ):
        assert (share("truncation", stop_reason=reason), share("refusal", stop_reason=reason)) == (cut, refused)
    assert share("truncation", error=FAILURE, stop_reason="max_tokens") is None
    scores = [share("quality", checks=(CheckResult("equals", score),)) for score in (1.0, 0.5)]
    assert (share("quality"), *scores) == (None, 1.0, 0.0)


def test_an_escalation_is_a_second_request_and_no_second_attempt() -> None:
    def escalated(*calls: CallRecord) -> float | None:
        return BY_NAME["escalation"].read(run(calls=calls))

    assert escalated(call()) == 0.0
    assert escalated(call(), call()) == 1.0
    assert escalated(call(), call(purpose="judge")) == 0.0
    assert escalated(call(error=FAILURE), call(attempt=2)) == 0.0
    assert escalated(call(), call(purpose="judge"), call(error=FAILURE), call(attempt=2)) == 1.0


def test_an_answer_at_the_second_attempt_is_infinitely_slow_and_still_an_answer() -> None:
    again = run(calls=(call(error=FAILURE), call(attempt=2)), checks=(CheckResult("equals", 1.0),), tokens_per_s=9.0)
    assert (again.failed, again.answered, again.retries, again.score) == (True, True, 1, 1.0)
    found = readings(again)
    latencies = {m.name for m in METRICS if m.unit == "s" and found[m.name] is not None}
    assert {name for name in latencies if found[name] == math.inf} == latencies - {"e2e_retries"}
    assert (found["e2e_retries"], found["tokens_per_s"], found["quality"]) == (2.0, 0.0, 1.0)
    assert readings(run(error=FAILURE))["e2e_retries"] == math.inf


def test_metrics_of_a_plain_run() -> None:
    expected = {"first_visible": 2.0, "ttft": None, "e2e": 2.0, "tpot": None, "tpot_visible": None, "cost_usd": 0.0}
    assert readings(run(**PLAIN)) == ABSENT | SHARES | expected | {"e2e_retries": 2.0}


def test_a_failed_run_is_infinitely_slow_but_costs_what_it_costs() -> None:
    found = readings(run(error=FAILURE, calls=(call(error=FAILURE, cost=Cost(input_usd=0.01)),)))
    assert found["first_visible"] == found["e2e"] == found["ttft"] == math.inf
    assert found["tpot"] == found["tpot_visible"] == found["start"] == found["gap_max"] == math.inf
    assert found["cost_usd"] == 0.01


def test_a_failed_plain_run_has_no_time_to_first_token() -> None:
    plain = run(**PLAIN, error=FAILURE, calls=(call(streamed=False, error=FAILURE),))
    assert BY_NAME["ttft"].read(plain) is None


def test_a_lever_choice_is_labelled_as_the_command_line_writes_it() -> None:
    assert LeverChoice("streaming").label() == "streaming"
    assert LeverChoice("x", {"a": 1, "b": "5m"}).label() == "x:a=1,b=5m"


def test_the_first_variant_is_the_baseline() -> None:
    prompt = Prompt((Segment("q", "user", "Why?"),))
    scenario = Scenario("S", "m", 10, prompt, (Sample("a"), Sample("b")))
    variants = (Variant("baseline"), Variant("x"), Variant("y"))
    experiment = Experiment(scenario, variants, "e2e", "asked for", 12, 0.05)
    assert experiment.baseline is variants[0]
    assert experiment.candidates == variants[1:]
    assert not scenario.has_checks
    checked = Sample("c", checks=(CheckSpec("contains", {"all": ["x"]}),))
    assert Scenario("S", "m", 10, prompt, (Sample("a"), checked)).has_checks


def test_every_error_has_a_name_of_its_own_that_events_can_carry() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and kind is not errors.OptlabError]
    kinds = [kind for kind in kinds if issubclass(kind, errors.OptlabError)]
    names = [kind.name for kind in kinds]
    assert len(set(names)) == len(kinds) >= 6
    assert set(names) | {"worker"} == set(get_args(errors.ErrorName))
    assert issubclass(errors.ScenarioError, errors.UsageError)
