"""Prices to the last token class, against Anthropic's pages as copied on the day of the catalogue and genai-prices."""

import pytest
from genai_prices import Usage as OracleUsage
from genai_prices import calc_price
from hypothesis import given
from hypothesis import strategies as st

from optlab.catalogue import CatalogueError, Cost, Model, Rates, cost, load, rates_for
from optlab.core.usage import Usage

MODELS = load().models
TODAY = load().as_of
VECTOR = Usage(
    input_tokens=1_000,
    cache_write_5m_tokens=1_000,
    cache_write_1h_tokens=2_000,
    cache_read_tokens=20_000,
    output_tokens=500,
)


def price(name: str, usage: Usage, **offer: bool | str) -> float:
    rates = rates_for(load().get(name), usage.prompt_tokens, **offer)  # type: ignore[arg-type]
    return cost(usage, rates).total_usd


@pytest.mark.parametrize(
    "name, usd",
    [
        ("claude-haiku-4-5-20251001", 0.01075),
        ("claude-haiku-4-5", 0.01075),
        ("claude-haiku-5-5", 0.001075),
        ("claude-sonnet-4-5-20250929", 0.03225),
        ("claude-sonnet-4-6", 0.03225),
        ("claude-sonnet-5", 0.0215),
        ("claude-sonnet-5-5", 0.0195),
        ("claude-opus-4-5-20251101", 0.05375),
        ("claude-opus-4-6", 0.05375),
        ("claude-opus-4-7", 0.05375),
        ("claude-opus-4-8", 0.05375),
        ("claude-opus-5", 0.05375),
        ("claude-opus-5-5", 0.039),
        ("claude-fable-5", 0.1075),
        ("claude-fable-5-1", 0.0925),
        ("claude-fable-5-2", 0.074),
    ],
)
def test_price_vector(name: str, usd: float) -> None:
    assert price(name, VECTOR) == pytest.approx(usd, abs=1e-12)
    assert price(name, VECTOR, on=TODAY) == pytest.approx(usd, abs=1e-12)
    assert price(name, VECTOR, batch=True) == pytest.approx(usd / 2, abs=1e-12)


def test_the_classes_of_a_cost_add_up() -> None:
    found = cost(VECTOR, rates_for(load().get("claude-sonnet-4-6"), VECTOR.prompt_tokens))
    classes = (found.input_usd, found.cache_write_5m_usd, found.cache_write_1h_usd, found.cache_read_usd)
    assert classes == pytest.approx((0.003, 0.00375, 0.012, 0.006))
    assert found.output_usd == pytest.approx(0.0075)
    assert found.total_usd == pytest.approx(0.03225)
    assert (found + found).total_usd == pytest.approx(0.0645)
    assert found + Cost() == found


@pytest.mark.parametrize(
    "usage, usd",
    [
        (Usage(input_tokens=100_000, output_tokens=1_000), 0.0105),
        (Usage(input_tokens=100_001, output_tokens=1_000), 0.0525005),
        # the tier is chosen by the whole prompt, wherever its tokens are billed
        (Usage(cache_read_tokens=100_000, output_tokens=1_000), 0.0015),
        (Usage(input_tokens=1, cache_read_tokens=100_000, output_tokens=1_000), 0.0000005 + 0.005 + 0.0025),
        (Usage(cache_write_5m_tokens=50_000, cache_write_1h_tokens=50_001), 0.03125 + 0.050001),
        # and never by the answer
        (Usage(input_tokens=1_000, output_tokens=128_000), 0.0001 + 0.064),
    ],
)
def test_a_long_prompt_reprices_the_whole_request(usage: Usage, usd: float) -> None:
    assert price("claude-haiku-5-5", usage) == pytest.approx(usd, abs=1e-12)


@pytest.mark.parametrize(
    "day, read", [("2026-10-06", 0.2), ("2026-10-07", 0.2), ("2026-10-08", 0.1), ("2026-11-22", 0.1), (None, 0.1)]
)
def test_a_dated_price_holds_through_its_last_day(day: str | None, read: float) -> None:
    model = load().get("claude-sonnet-5-5")
    rates = rates_for(model, 1_000, on=day)
    assert rates.cache_read == pytest.approx(read)
    now = rates_for(model, 1_000)
    assert (rates.input, rates.output, rates.cache_write_5m) == (now.input, now.output, now.cache_write_5m)
    halved = rates_for(model, 1_000, on=day, batch=True)
    assert halved.cache_read == pytest.approx(read / 2)


def test_fast_mode_replaces_all_five_prices() -> None:
    assert rates_for(load().get("claude-opus-4-8"), 1_000, fast=True) == Rates(10, 50, 12.5, 20, 1)
    assert rates_for(load().get("claude-opus-5-5"), 1_000, fast=True) == Rates(8, 40, 10, 16, 0.4)
    assert price("claude-opus-5", VECTOR, fast=True) == pytest.approx(0.1075)


def test_fast_mode_exists_where_the_catalogue_says_so_and_never_in_a_batch() -> None:
    for model in MODELS:
        offered = model.prices.fast_mode is not None
        assert offered == model.capabilities.fast_mode, model.id
        with pytest.raises(CatalogueError, match=f"{model.id} has no fast-mode price in a batch"):
            rates_for(model, 1_000, fast=True, batch=True)
        if not offered:
            with pytest.raises(CatalogueError, match=f"{model.id} has no fast-mode price$"):
                rates_for(model, 1_000, fast=True)


def test_us_only_inference_costs_a_tenth_more_where_it_is_sold() -> None:
    assert price("claude-sonnet-4-6", VECTOR, us_only=True) == pytest.approx(0.03225 * 1.1)
    assert price("claude-sonnet-4-6", VECTOR, us_only=True, batch=True) == pytest.approx(0.03225 * 0.55)
    assert price("claude-haiku-4-5", VECTOR, us_only=True) == pytest.approx(0.01075)


@given(st.sampled_from(MODELS), st.integers(0, 300_000), st.booleans())
def test_a_batch_costs_half_in_every_class(model: Model, tokens: int, us_only: bool) -> None:
    full, half = (rates_for(model, tokens, us_only=us_only, batch=batch) for batch in (False, True))
    for name in Rates.__struct_fields__:
        assert getattr(half, name) == pytest.approx(getattr(full, name) / 2)


@given(st.sampled_from(MODELS), st.integers(0, 300_000))
def test_prices_of_all_models_keep_their_proportions(model: Model, tokens: int) -> None:
    """Output is five times input, writes 1.25 and 2 times, reads at most a tenth, on every current model."""
    rates = rates_for(model, tokens)
    assert rates.output == pytest.approx(5 * rates.input)
    assert rates.cache_write_5m == pytest.approx(1.25 * rates.input)
    assert rates.cache_write_1h == pytest.approx(2 * rates.input)
    assert round(rates.cache_read / rates.input, 9) in (0.1, 0.05, 0.025)


def oracle(model: str, usage: Usage) -> float | None:
    """What genai-prices says of a call without 1-hour writes, which it does not price apart."""
    tokens = OracleUsage(
        input_tokens=usage.prompt_tokens,
        cache_write_tokens=usage.cache_write_5m_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        output_tokens=usage.output_tokens,
    )
    try:
        return float(calc_price(tokens, model_ref=model, provider_id="anthropic").total_price)
    except LookupError:
        return None


ORACLE_LACKS = {"claude-mythos-5", "claude-mythos-5-1"}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
@pytest.mark.parametrize(
    "usage",
    [
        Usage(input_tokens=1_000, output_tokens=500),
        Usage(1_234, 567, 8_901, 0, 23_456),
        Usage(input_tokens=100_001, output_tokens=10),
    ],
    ids=["plain", "cached", "long"],
)
def test_genai_prices_agrees(model: Model, usage: Usage) -> None:
    said = oracle(model.id, usage)
    assert (said is None) == (model.id in ORACLE_LACKS)
    if said is not None:
        assert price(model.id, usage) == pytest.approx(said, rel=1e-9)


def test_every_tier_ends_where_the_next_begins_and_the_last_never() -> None:
    for model in MODELS:
        ends = [tier.up_to_prompt_tokens for tier in model.prices.tiers]
        assert ends[-1] is None
        assert all(end is not None for end in ends[:-1])
        assert ends[:-1] == sorted(ends[:-1], key=lambda end: end or 0)
