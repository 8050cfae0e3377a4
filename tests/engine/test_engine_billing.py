"""Cost exact to the token class, through a whole run: what the server counted, on the terms it named, to the cent."""

import json
from datetime import datetime
from typing import Any

import pytest

from optlab.backends.assemble import Assembly
from optlab.backends.scripted import Reply, ScriptedBackend
from optlab.backends.sse import message
from optlab.catalogue import CatalogueError, load, rates_for
from optlab.core.errors import UsageError
from optlab.core.experiment import Experiment, Variant
from optlab.core.prompt import Prompt, Segment
from optlab.core.report import Report
from optlab.core.run_events import ExperimentFinished
from optlab.core.scenario import Sample, Scenario
from optlab.core.usage import Terms, Usage
from optlab.engine.budget import Budget
from optlab.engine.pricing import PLAIN, OwnPrice, Pricer
from optlab.engine.requests import prepare
from optlab.engine.runner import run

MIXED = Usage(1_000, 500, 1_000, 2_000, 20_000)
"""Every class at once: input, output, 5-minute writes, 1-hour writes, reads."""


def experiment(model: str, **more: Any) -> Experiment:
    prompt = Prompt((Segment("question", "user", "Why?"),))
    scenario = Scenario("Bill", model, 600, prompt, (Sample("only"),))
    given: dict[str, Any] = {"primary": "cost_usd", "primary_reason": "a test", "pairs": 1, "alpha": 0.05} | more
    return Experiment(scenario, (Variant("baseline"), Variant("baseline again")), is_aa=True, **given)


async def billed(
    model: str,
    usage: Usage,
    *,
    terms: Terms = PLAIN,
    day: str = "2026-11-22",
    pricer: Pricer | None = None,
) -> Report:
    """The report of two calls an arm, each counted as `usage`, on that day."""
    backend = ScriptedBackend(lambda request, n: Reply(usage=usage, terms=terms))
    backend.clock.time_s = (datetime.fromisoformat(f"{day}T12:00+00:00") - backend.clock.utc()).total_seconds()
    events = [e async for e in run(experiment(model), backend, await backend.open(), pricer or Pricer(), run_id="r")]
    assert isinstance(events[-1], ExperimentFinished)
    return events[-1].report


async def one_call_usd(model: str, usage: Usage, **more: Any) -> float:
    report = await billed(model, usage, **more)
    (each,) = {round(v.cost.total_usd / 2, 12) for v in report.variants}
    assert report.cost_usd == pytest.approx(4 * each, rel=1e-12)
    assert report.variants[0].metrics["cost_usd"].mean == pytest.approx(each, rel=1e-12)
    return each


@pytest.mark.parametrize(
    ("model", "usd"),
    [
        ("claude-sonnet-4-6", (1_000 * 3 + 1_000 * 3.75 + 2_000 * 6 + 20_000 * 0.30 + 500 * 15) / 1e6),
        ("claude-sonnet-5-5", (1_000 * 2 + 1_000 * 2.5 + 2_000 * 4 + 20_000 * 0.10 + 500 * 10) / 1e6),
        ("claude-fable-5-1", (1_000 * 10 + 1_000 * 12.5 + 2_000 * 20 + 20_000 * 0.25 + 500 * 50) / 1e6),
    ],
    ids=["reads at 0.1", "reads at 0.05", "reads at 0.025"],
)
async def test_both_writes_and_reads_at_the_models_own_rate(model: str, usd: float) -> None:
    assert await one_call_usd(model, MIXED) == pytest.approx(usd, abs=1e-12)


async def test_every_class_stands_apart_in_the_report() -> None:
    report = await billed("claude-sonnet-4-6", MIXED)
    found = report.variants[0].cost
    classes = (found.input_usd, found.cache_write_5m_usd, found.cache_write_1h_usd, found.cache_read_usd)
    assert (*classes, found.output_usd) == pytest.approx((0.006, 0.0075, 0.024, 0.012, 0.015))


@pytest.mark.parametrize(
    ("terms", "factor"), [(Terms(batch=True), 0.5), (Terms(us_only=True), 1.1), (Terms(batch=True, us_only=True), 0.55)]
)
async def test_a_batch_halves_every_class_and_us_inference_adds_a_tenth(terms: Terms, factor: float) -> None:
    plain = await one_call_usd("claude-opus-5", MIXED)
    assert await one_call_usd("claude-opus-5", MIXED, terms=terms) == pytest.approx(factor * plain, abs=1e-12)


async def test_us_inference_costs_nothing_more_where_the_model_has_no_such_price() -> None:
    plain = await one_call_usd("claude-haiku-4-5", MIXED)
    assert await one_call_usd("claude-haiku-4-5", MIXED, terms=Terms(us_only=True)) == plain


async def test_fast_mode_replaces_every_price() -> None:
    usd = (1_000 * 10 + 1_000 * 12.5 + 2_000 * 20 + 20_000 * 1 + 500 * 50) / 1e6
    assert await one_call_usd("claude-opus-4-8", MIXED, terms=Terms(fast=True)) == pytest.approx(usd, abs=1e-12)


LIMITED = next(m for m in load().models if m.prices.fast_mode and m.prices.fast_mode.until)


async def test_fast_mode_is_priced_on_its_last_day_and_refused_the_day_after() -> None:
    assert LIMITED.prices.fast_mode is not None
    assert LIMITED.prices.fast_mode.until == "2026-11-30"
    assert await one_call_usd(LIMITED.id, MIXED, terms=Terms(fast=True), day="2026-11-30") > 0
    with pytest.raises(UsageError) as caught:
        await billed(LIMITED.id, MIXED, terms=Terms(fast=True), day="2026-12-01")
    assert str(caught.value) == (
        f"{LIMITED.id} has a fast-mode price until 2026-11-30 only, not on 2026-12-01; "
        f'put [models."{LIMITED.id}"] with its prices into prices.toml'
    )
    with pytest.raises(CatalogueError):
        rates_for(LIMITED, 1, on="2026-12-01", fast=True)


@pytest.mark.parametrize(
    ("usage", "usd"),
    [
        (Usage(100_000, 1_000), 0.0105),
        (Usage(100_001, 1_000), 0.0525005),
        (Usage(1, 1_000, 0, 0, 100_000), (0.5 + 2_500 + 5_000) / 1e6),
        (Usage(0, 0, 50_000, 50_001), (50_000 * 0.625 + 50_001 * 1) / 1e6),
    ],
)
async def test_a_long_prompt_reprices_the_whole_request(usage: Usage, usd: float) -> None:
    assert await one_call_usd("claude-haiku-5-5", usage) == pytest.approx(usd, abs=1e-12)


async def test_prices_are_those_of_the_day() -> None:
    reads = Usage(cache_read_tokens=1_000_000)
    assert await one_call_usd("claude-sonnet-5-5", reads, day="2026-10-07") == pytest.approx(0.2)
    assert await one_call_usd("claude-sonnet-5-5", reads, day="2026-10-08") == pytest.approx(0.1)


# Which table.


async def test_the_users_table_then_the_catalogue_then_genai_prices() -> None:
    usage = Usage(1_000_000, 0)
    own = Pricer({"claude-sonnet-4-6": OwnPrice(7, 9), "claude-3-5-haiku-20241022": OwnPrice(6, 9)})
    assert await one_call_usd("claude-sonnet-4-6", usage, pricer=own) == pytest.approx(7)
    assert await one_call_usd("claude-sonnet-4-6", usage) == pytest.approx(3)
    assert await one_call_usd("claude-3-5-haiku-20241022", usage) == pytest.approx(0.8)
    assert await one_call_usd("claude-3-5-haiku-20241022", usage, pricer=own) == pytest.approx(6)


async def test_a_batch_halves_prices_of_every_table() -> None:
    usage, half = Usage(1_000_000, 0), Terms(batch=True)
    own = Pricer({"claude-sonnet-4-6": OwnPrice(7, 9), "house-model": OwnPrice(4, 4)})
    assert await one_call_usd("claude-sonnet-4-6", usage, pricer=own, terms=half) == pytest.approx(3.5)
    assert await one_call_usd("claude-3-5-haiku-20241022", usage, terms=half) == pytest.approx(0.4)
    assert await one_call_usd("house-model", usage, pricer=own, terms=half) == pytest.approx(4), "a house has no batch"


async def test_a_model_without_a_price_is_refused_before_any_call() -> None:
    backend = ScriptedBackend(lambda request, n: Reply())
    with pytest.raises(UsageError) as caught:
        async for _ in run(experiment("claude-9"), backend, await backend.open(), Pricer(), run_id="r"):
            pass
    assert str(caught.value).startswith("no price is known for the model 'claude-9'; put ")
    assert "\n" not in str(caught.value)
    assert backend.requests == []


# What the server says of the terms.


@pytest.mark.parametrize(
    ("said", "terms"),
    [
        ({}, Terms()),
        ({"service_tier": "standard", "inference_geo": "global", "speed": "standard"}, Terms()),
        ({"service_tier": "priority", "inference_geo": None}, Terms()),
        ({"service_tier": "batch"}, Terms(batch=True)),
        ({"inference_geo": "us", "speed": "fast"}, Terms(fast=True, us_only=True)),
    ],
)
def test_terms_are_read_from_usage(said: dict[str, Any], terms: Terms) -> None:
    assembly = Assembly()
    body = {"type": "message", "model": "m", "content": [], "usage": {"input_tokens": 1, "output_tokens": 2, **said}}
    assembly.message(message(json.dumps(body).encode()), 1.0)
    assert assembly.terms == terms
    assert assembly.usage == Usage(1, 2)


async def test_the_budget_learns_the_terms_of_an_account() -> None:
    """Where inference is kept to the US, the next call is reserved at that price, and never at half for a batch."""
    wanted = experiment("claude-opus-5")
    request = prepare(wanted.scenario, wanted.scenario.samples[0])

    async def reserved(terms: Terms) -> float:
        budget = Budget(None, Pricer())
        backend = ScriptedBackend(lambda request, n: Reply(terms=terms, usage=Usage()))
        first = budget.admit(request)
        record = await backend.send(request, call_id="c", zero_s=0.0, time_limit_s=1.0)
        budget.settle(request, record, first)
        return budget.admit(request) / first

    assert await reserved(Terms(us_only=True)) == pytest.approx(1.1)
    assert await reserved(Terms(batch=True)) == pytest.approx(1.0)
