"""Facts of the catalogue in words, as the lessons tell them: nothing here knows a figure of its own."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

from optlab.catalogue import Model, estimate_tokens, load
from optlab.catalogue.models import PriceTier
from optlab.render.format import percent, usd

CONFIDENCE = 0.95
T = TypeVar("T")


def models() -> tuple[Model, ...]:
    """The models that are not on their way out."""
    return tuple(model for model in load().models if model.lifecycle.status == "active")


def short(model: Model) -> str:
    """A model's name without the family's first word: Sonnet 4.6."""
    return model.display_name.removeprefix("Claude ")


def load_name(name: str) -> str:
    """The short name of a model by its id."""
    return short(load().get(name))


def as_of() -> str:
    """Which day the facts are of."""
    return load().as_of


def named(found: Iterable[Model]) -> str:
    """Names of models, joined."""
    return ", ".join(short(model) for model in found)


def grouped(value: Callable[[Model], T]) -> dict[T, tuple[Model, ...]]:
    """Models by something of theirs."""
    found: dict[T, list[Model]] = defaultdict(list)
    for model in models():
        found[value(model)].append(model)
    return {key: tuple(group) for key, group in found.items()}


def minimums() -> str:
    """From how many tokens on which model caches, the lowest first."""
    groups = grouped(lambda model: model.limits.min_cacheable_tokens)
    return "; ".join(f"from {least:,} tokens on {named(groups[least])}" for least in sorted(groups))


def read_prices() -> str:
    """What reading from the cache costs, as a multiple of the input price, by model."""
    groups = grouped(lambda model: round(_price(model).cache_read / _price(model).input, 4))
    dearest = max(groups)
    others = "; ".join(f"{read:g} on {named(groups[read])}" for read in sorted(groups) if read != dearest)
    return f"{dearest:g} of the input price" + (f", but {others}" if others else "")


def write_prices() -> tuple[str, str]:
    """What a write for five minutes and one for an hour cost, as multiples of the input price."""
    five = sorted({round(_price(model).cache_write_5m / _price(model).input, 3) for model in models()})
    hour = sorted({round(_price(model).cache_write_1h / _price(model).input, 3) for model in models()})
    return " or ".join(f"{m:g}" for m in five), " or ".join(f"{m:g}" for m in hour)


def multipliers(name: str, per_minute: float, ttl_min: float = 5.0) -> tuple[float, float, float]:
    """Of one model's cached prefix at Poisson arrivals: (share of calls that read, multiple of the input price then,
    and that of ten calls back to back)."""
    price = _price(load().get(name))
    write, read = price.cache_write_5m / price.input, price.cache_read / price.input
    hits = 1 - math.exp(-per_minute * ttl_min)
    return hits, read * hits + write * (1 - hits), (write + 9 * read) / 10


def output_ratio() -> str:
    """How many times as dear as input output is."""
    ratios = sorted({round(_price(model).output / _price(model).input, 2) for model in models()})
    if len(ratios) == 1:
        return f"{ratios[0]:g} times the input price on every current model"
    return f"{ratios[0]:g} to {ratios[-1]:g} times the input price, by model"


def thinkers() -> str:
    """Models that think although nobody asked them to."""
    return named(model for model in models() if model.capabilities.thinking.on_by_default)


def without_effort() -> str:
    """Models that refuse an effort."""
    return named(model for model in models() if not model.capabilities.effort.levels)


def batch() -> str:
    """What a batch costs, as a share of the price."""
    shares = sorted({model.prices.batch_multiplier for model in models() if model.capabilities.batch})
    return " or ".join(percent(share) for share in shares)


def steep() -> str:
    """Models whose whole request is priced anew above so many prompt tokens; empty where there is none."""
    found = []
    for model in models():
        first, *others = model.prices.tiers
        if others and first.up_to_prompt_tokens is not None:
            times = others[0].input / first.input
            found.append(
                f"on {short(model)} a prompt above {first.up_to_prompt_tokens:,} tokens costs {times:g} times as much, "
                "its answer too"
            )
    return "; ".join(found)


def price_share(small: str, big: str) -> float:
    """What the output of one model costs as a share of another's."""
    return _price(load().get(small)).output / _price(load().get(big)).output


def seconds_to_write(name: str, tokens: int) -> float:
    """How long a model writes on so many tokens, by the catalogue's median speed."""
    return tokens / load().get(name).latency.profile.output_tokens_per_s.p50


def families(text: str) -> tuple[int, int]:
    """Estimated tokens of a text in the older and in the newer family of tokenizers."""
    return estimate_tokens(text, "old"), estimate_tokens(text, "new")


def per_million(name: str) -> str:
    """Prices of a model, input and output."""
    price = _price(load().get(name))
    return f"{usd(price.input)} in and {usd(price.output)} out a million tokens"


def runs_for(p: float) -> int:
    """Fewest runs of which a quantile has an interval with two ends: p^n (or (1 - p)^n) <= 2.5% (Wilks 1941)."""
    return math.ceil(math.log((1 - CONFIDENCE) / 2) / math.log(max(p, 1 - p)))


def answers_for(epsilon: float) -> int:
    """Fewest answers whose longest proves a limit that cuts a share of at most epsilon: (1 - epsilon)^n <= 5%."""
    return math.ceil(math.log(1 - CONFIDENCE) / math.log(1 - epsilon))


def still_possible(n: int) -> float:
    """The largest share of losses that none in n answers leaves possible: the upper end of Clopper-Pearson."""
    return 1 - math.exp(math.log(1 - CONFIDENCE) / n)


def _price(model: Model) -> PriceTier:
    return model.prices.tiers[0]
