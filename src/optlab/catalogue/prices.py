"""Prices of a call: five per model, dated, exact to the token class. Never a proxy.

cost = (input*Pi + write_5m*P5 + write_1h*P1 + read*Pr + output*Po) / 1e6, with the tier chosen by the whole prompt
(input + writes + reads); times 0.5 in a batch, times the model's factor for US-only inference. Fast mode replaces all
five prices and excludes batches. Source: Anthropic's pricing and batch-processing pages, as dated in `models.json`.
"""

from typing import Protocol

import msgspec

from optlab.catalogue.models import CatalogueError, FastMode, Model, PriceTier


class TokenCounts(Protocol):
    """Anything that counts tokens by billing class."""

    @property
    def input_tokens(self) -> int: ...
    @property
    def cache_write_5m_tokens(self) -> int: ...
    @property
    def cache_write_1h_tokens(self) -> int: ...
    @property
    def cache_read_tokens(self) -> int: ...
    @property
    def output_tokens(self) -> int: ...


class Rates(msgspec.Struct, frozen=True):
    """USD per million tokens by billing class, with every multiplier already applied."""

    input: float
    output: float
    cache_write_5m: float
    cache_write_1h: float
    cache_read: float

    def times(self, factor: float) -> "Rates":
        """Every rate times the same factor."""
        return Rates(*(rate * factor for rate in msgspec.structs.astuple(self)))


class Cost(msgspec.Struct, frozen=True):
    """USD of one call (or a sum of calls) by billing class."""

    input_usd: float = 0.0
    cache_write_5m_usd: float = 0.0
    cache_write_1h_usd: float = 0.0
    cache_read_usd: float = 0.0
    output_usd: float = 0.0

    @property
    def total_usd(self) -> float:
        """Sum over the five classes."""
        return (
            self.input_usd + self.cache_write_5m_usd + self.cache_write_1h_usd + self.cache_read_usd + self.output_usd
        )

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.input_usd + other.input_usd,
            self.cache_write_5m_usd + other.cache_write_5m_usd,
            self.cache_write_1h_usd + other.cache_write_1h_usd,
            self.cache_read_usd + other.cache_read_usd,
            self.output_usd + other.output_usd,
        )


def cost(tokens: TokenCounts, rates: Rates) -> Cost:
    """Tokens by class times their rates, in USD."""
    return Cost(
        input_usd=tokens.input_tokens * rates.input / 1e6,
        cache_write_5m_usd=tokens.cache_write_5m_tokens * rates.cache_write_5m / 1e6,
        cache_write_1h_usd=tokens.cache_write_1h_tokens * rates.cache_write_1h / 1e6,
        cache_read_usd=tokens.cache_read_tokens * rates.cache_read / 1e6,
        output_usd=tokens.output_tokens * rates.output / 1e6,
    )


def rates_for(
    model: Model,
    prompt_tokens: int,
    *,
    on: str | None = None,
    batch: bool = False,
    fast: bool = False,
    us_only: bool = False,
) -> Rates:
    """Rates of one call of `model` with a prompt of `prompt_tokens` (all three prompt classes summed).

    `on` is an ISO date: prices of that day where the catalogue keeps a history, else today's. Raises CatalogueError
    where the model has no such offer (fast mode, fast mode in a batch, or after the day it was offered until).
    """
    prices = model.prices
    chosen: PriceTier | FastMode = next(
        t for t in prices.tiers if t.up_to_prompt_tokens is None or prompt_tokens <= t.up_to_prompt_tokens
    )
    if fast:
        if prices.fast_mode is None or batch:
            raise CatalogueError(f"{model.id} has no fast-mode price{' in a batch' if batch else ''}")
        if on is not None and prices.fast_mode.until is not None and on > prices.fast_mode.until:
            raise CatalogueError(f"{model.id} has a fast-mode price until {prices.fast_mode.until} only, not on {on}")
        chosen = prices.fast_mode
    names = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
    values = {name: float(getattr(chosen, name)) for name in names}
    if on is not None and not fast:
        for change in sorted(prices.history, key=lambda c: c.until, reverse=True):
            if on <= change.until:
                values.update({n: v for n in names if (v := getattr(change, n)) is not None})
    return Rates(**values).times(multiplier(model, batch=batch, us_only=us_only))


def multiplier(model: Model, *, batch: bool = False, us_only: bool = False) -> float:
    """What every rate of `model` is multiplied by in a batch, and for inference kept to the United States."""
    factor = model.prices.batch_multiplier if batch else 1.0
    if us_only and model.prices.us_inference_geo_multiplier is not None:
        factor *= model.prices.us_inference_geo_multiplier
    return factor
