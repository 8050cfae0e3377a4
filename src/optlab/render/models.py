"""The catalogue of models as a table, with the prices that the user's own table puts in their place."""

from collections.abc import Iterator, Mapping, Sequence

from optlab.catalogue import Model, Rates
from optlab.catalogue.models import PriceTier
from optlab.render.tables import Grid

_HEADER = (
    "model",
    "input",
    "output",
    "write 5m",
    "write 1h",
    "read",
    "caches from",
    "max output",
    "thinking",
    "status",
)


def models_grid(models: Sequence[Model], own: Mapping[str, Rates]) -> Grid:
    """Prices in USD per million tokens, limits in tokens; a row of its own for the dearer tier of long prompts.

    `own` are the user's prices by model; they come first, and a model that only they know is listed last.
    """
    rows = [row for model in models for row in _rows(model, own)]
    known = {name for model in models for name in (model.id, *model.aliases)}
    rows += [
        (name, *_spelled(rates), "–", "–", "–", "your own price") for name, rates in own.items() if name not in known
    ]
    return Grid(_HEADER, tuple(rows))


def _rows(model: Model, own: Mapping[str, Rates]) -> Iterator[tuple[str, ...]]:
    thinking = "on" if model.capabilities.thinking.on_by_default else "off"
    retires = f", retires {model.lifecycle.retires}" if model.lifecycle.retires else ""
    status = f"{model.lifecycle.status}{retires}"
    limits = (f"{model.limits.min_cacheable_tokens:,}", f"{model.limits.max_output_tokens:,}", thinking)
    mine = next((own[name] for name in (model.id, *model.aliases) if name in own), None)
    if mine is not None:
        yield (model.id, *_spelled(mine), *limits, f"{status}, your own price")
        return
    longest = None
    for tier in model.prices.tiers:
        name = model.id if longest is None else f"  prompts above {longest:,}"
        rest = (*limits, status) if longest is None else ("", "", "", "")
        yield (name, *_spelled(tier), *rest)
        longest = tier.up_to_prompt_tokens


def _spelled(prices: PriceTier | Rates) -> tuple[str, ...]:
    values = (prices.input, prices.output, prices.cache_write_5m, prices.cache_write_1h, prices.cache_read)
    return tuple(f"{price:g}" for price in values)
