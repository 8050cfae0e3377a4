"""What a response cost: by the user's own table, then the catalogue, then `genai-prices`. Unpriced is an error.

A price of 0 that the user declares is legal; a silent $0 is not.
"""

import math
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from optlab.catalogue import CatalogueError, Cost, Model, Rates, cost, load, multiplier, rates_for
from optlab.core.errors import UsageError
from optlab.core.usage import Terms, Usage

BATCH_MULTIPLIER = 0.5
"""Of every model of Anthropic's, where the catalogue does not know it any more."""

PLAIN = Terms()


class OwnPrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of `prices.toml`: USD per million tokens. Cache prices left out follow from the input price."""

    input: float
    output: float
    cache_write_5m: float | None = None
    cache_write_1h: float | None = None
    cache_read: float | None = None

    def rates(self) -> Rates:
        """All five rates; writes default to 1.25 and 2 times, reads to a tenth of the input price."""
        return Rates(
            input=self.input,
            output=self.output,
            cache_write_5m=1.25 * self.input if self.cache_write_5m is None else self.cache_write_5m,
            cache_write_1h=2 * self.input if self.cache_write_1h is None else self.cache_write_1h,
            cache_read=0.1 * self.input if self.cache_read is None else self.cache_read,
        )


class Pricer:
    """Prices calls of any model it can find a price for."""

    def __init__(self, own: dict[str, OwnPrice] | None = None, path: Path = Path("prices.toml")) -> None:
        self._own = own or {}
        self._path = path

    @property
    def own(self) -> dict[str, Rates]:
        """The user's own prices by model."""
        return {name: price.rates() for name, price in self._own.items()}

    @property
    def file(self) -> str:
        """Where the user's own prices stand, or would stand."""
        return str(self._path)

    @classmethod
    def from_folder(cls, config_folder: Path) -> "Pricer":
        """With the user's `prices.toml` of that folder, where there is one. Raises UsageError on a broken one."""
        path = config_folder / "prices.toml"
        try:
            table = tomllib.loads(path.read_text("utf-8"))
            if table.keys() - {"models"} or not isinstance(table.get("models", {}), dict):
                raise ValueError("only tables under [models] belong here")
            return cls({name: _own(name, value) for name, value in table.get("models", {}).items()}, path)
        except FileNotFoundError:
            return cls(path=path)
        except (OSError, ValueError) as error:
            raise UsageError(
                f'{path}: {error}; expected [models."MODEL"] tables with input and output in USD per million'
            ) from None

    def rates(self, model: str, prompt_tokens: int, on: str | None = None, terms: Terms = PLAIN) -> Rates:
        """Rates of `model` for a prompt of that many tokens, on that ISO day and those terms.

        The user's own prices are taken as they are, times what a batch or US-only inference changes for a model of the
        catalogue. Raises UsageError where none is known.
        """
        known = load().find(model)
        for name in (model, known.id, *known.aliases) if known else (model,):
            if name in self._own:
                factor = multiplier(known, batch=terms.batch, us_only=terms.us_only) if known else 1.0
                return self._own[name].rates().times(factor)
        if known is not None:
            return self._listed(known, prompt_tokens, on, terms)
        found = _from_genai_prices(model)
        if found is None:
            raise UsageError(
                f'no price is known for the model {model!r}; put [models."{model}"] with input and output '
                f"(USD per million tokens, 0 is allowed) into {self._path}"
            )
        if terms.fast or terms.us_only:
            what = "fast mode" if terms.fast else "inference kept to the United States"
            raise UsageError(
                f'no price is known for {what} with the model {model!r}; put [models."{model}"] with its prices into '
                f"{self._path}"
            )
        return found.times(BATCH_MULTIPLIER) if terms.batch else found

    def _listed(self, model: Model, prompt_tokens: int, on: str | None, terms: Terms) -> Rates:
        try:
            return rates_for(model, prompt_tokens, on=on, batch=terms.batch, fast=terms.fast, us_only=terms.us_only)
        except CatalogueError as error:
            raise UsageError(f'{error}; put [models."{model.id}"] with its prices into {self._path}') from None

    def knows(self, model: str) -> bool:
        """Whether a price is known."""
        try:
            self.rates(model, 0)
        except UsageError:
            return False
        return True

    def ceiling_usd(
        self, model: str, prompt_tokens: int, max_tokens: int, on: str | None = None, terms: Terms = PLAIN
    ) -> float:
        """The most one call can cost, in USD: its prompt at the dearest input class, its answer at the cap."""
        rates = self.rates(model, prompt_tokens, on, terms)
        dearest = max(rates.input, rates.cache_write_5m, rates.cache_write_1h)
        return (prompt_tokens * dearest + max_tokens * rates.output) / 1e6

    def cost(self, model: str, usage: Usage, on: str | None = None, terms: Terms = PLAIN) -> Cost:
        """USD by billing class of one response. Raises UsageError where the model has no price."""
        return cost(usage, self.rates(model, usage.prompt_tokens, on, terms))


def _own(name: str, value: object) -> OwnPrice:
    try:
        price = msgspec.convert(value, OwnPrice)
    except msgspec.ValidationError as error:
        raise ValueError(f"model {name!r}: {str(error).replace('$.', '')}") from None
    if not all(math.isfinite(rate) and rate >= 0 for rate in msgspec.structs.astuple(price.rates())):
        raise ValueError(f"model {name!r}: a price is a number from 0 on")
    return price


@cache
def _from_genai_prices(model: str) -> Rates | None:
    # Its tiers are asked for at a thousand tokens: models with dearer long prompts belong into the catalogue.
    from genai_prices import Usage as PricedUsage
    from genai_prices import calc_price

    def per_million(**tokens: Any) -> float:
        usage = PricedUsage(**tokens)
        return float(calc_price(usage, model_ref=model, provider_id="anthropic").total_price) * 1000

    try:
        plain = per_million(input_tokens=1000)
        return Rates(
            input=plain,
            output=per_million(output_tokens=1000),
            cache_write_5m=per_million(input_tokens=1000, cache_write_tokens=1000),
            cache_write_1h=2 * plain,
            cache_read=per_million(input_tokens=1000, cache_read_tokens=1000),
        )
    except LookupError:
        return None
