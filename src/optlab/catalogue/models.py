"""The shape of `models.json` and its reader. Unknown keys of the file are left alone, wrong types are errors."""

from functools import cache, cached_property
from importlib import resources
from typing import Literal

import msgspec

TokenizerFamily = Literal["old", "new"]


class CatalogueError(LookupError):
    """A model that the catalogue does not know, or knows no price for."""


class _Tokenizer(msgspec.Struct, frozen=True):
    family: TokenizerFamily
    message_frame_tokens: int
    frame_basis: str


class Limits(msgspec.Struct, frozen=True):
    """Hard limits of one model, all in tokens."""

    context_window: int
    max_output_tokens: int
    min_cacheable_tokens: int
    max_output_tokens_batch_beta: int | None = None


class PriceTier(msgspec.Struct, frozen=True):
    """Five prices in USD per million tokens, for prompts up to `up_to_prompt_tokens` (None: no upper end)."""

    up_to_prompt_tokens: int | None
    input: float
    output: float
    cache_write_5m: float
    cache_write_1h: float
    cache_read: float


class FastMode(msgspec.Struct, frozen=True):
    """The five prices that replace the tier's while `speed: fast` is on."""

    input: float
    output: float
    cache_write_5m: float
    cache_write_1h: float
    cache_read: float
    until: str | None = None


class PriceChange(msgspec.Struct, frozen=True):
    """A price that held until a day (inclusive, ISO date). None: that price did not change then."""

    until: str
    input: float | None = None
    output: float | None = None
    cache_write_5m: float | None = None
    cache_write_1h: float | None = None
    cache_read: float | None = None
    note: str | None = None


class Prices(msgspec.Struct, frozen=True):
    """Dated prices of one model."""

    tiers: tuple[PriceTier, ...]
    batch_multiplier: float
    fast_mode: FastMode | None
    us_inference_geo_multiplier: float | None
    web_search_per_1000: float
    history: tuple[PriceChange, ...]
    as_of: str


class Thinking(msgspec.Struct, frozen=True):
    """Which `thinking` values a model takes, and what leaving it out means (`off` or `adaptive`).

    `off_up_to_effort` is the highest effort at which thinking may be turned off; None sets no such bound.
    """

    accepted: tuple[str, ...]
    default_when_omitted: str
    display_default: str
    off_up_to_effort: str | None
    note: str | None = None

    @property
    def on_by_default(self) -> bool:
        """Whether a request that says nothing about thinking thinks all the same."""
        return self.default_when_omitted != "off"


class Effort(msgspec.Struct, frozen=True):
    """Effort levels a model takes (none: any `effort` is refused) and its default."""

    levels: tuple[str, ...]
    default: str | None


class Capabilities(msgspec.Struct, frozen=True):
    """What one model can be asked to do."""

    thinking: Thinking
    effort: Effort
    assistant_prefill: bool
    sampling_params: dict[str, str]
    forced_tool_choice: str
    mid_conversation_system: bool
    fast_mode: bool
    batch: bool


class Caching(msgspec.Struct, frozen=True):
    """How one model's prompt cache takes thinking.

    `keeps_earlier_thinking`: thinking of earlier turns stays in the prompt when a new user text arrives.
    `thinking_and_effort_invalidate`: the first level of the prefix that a change of thinking or effort loses.
    """

    keeps_earlier_thinking: bool
    thinking_and_effort_invalidate: Literal["tools", "messages"]


class Lifecycle(msgspec.Struct, frozen=True):
    """Where a model stands in its life. Dates are ISO days or months; None is unknown."""

    status: str
    generation: str
    released: str | None
    retires: str | None
    retires_not_before: str | None = None


class _TtftSeconds(msgspec.Struct, frozen=True):
    p50: float
    p90: float


class _OutputRate(msgspec.Struct, frozen=True):
    p50: float
    p10: float


class _PrefillRate(msgspec.Struct, frozen=True):
    uncached: float
    cached: float


class LatencyProfile(msgspec.Struct, frozen=True):
    """What the simulator imitates: seconds to first token, output and prefill rates in tokens per second."""

    ttft_s: _TtftSeconds
    output_tokens_per_s: _OutputRate
    prefill_tokens_per_s: _PrefillRate


class _Latency(msgspec.Struct, frozen=True):
    profile: LatencyProfile


class Model(msgspec.Struct, frozen=True):
    """One model of the catalogue."""

    id: str
    aliases: tuple[str, ...]
    display_name: str
    family: str
    tokenizer: _Tokenizer
    limits: Limits
    prices: Prices
    capabilities: Capabilities
    caching: Caching
    lifecycle: Lifecycle
    latency: _Latency
    note: str | None = None


class _Estimator(msgspec.Struct, frozen=True):
    coefficients: dict[TokenizerFamily, dict[str, float]]


class _TokenizerNotes(msgspec.Struct, frozen=True):
    estimator: _Estimator


class Catalogue(msgspec.Struct, frozen=True, dict=True):
    """The whole file: models with dated facts, and the coefficients of the token estimate."""

    as_of: str
    api_versions: tuple[str, ...]
    tokenizer: _TokenizerNotes
    models: tuple[Model, ...]

    def find(self, name: str) -> Model | None:
        """The model with this id or alias, or None."""
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> dict[str, Model]:
        return {name: m for m in self.models for name in (m.id, *m.aliases)}

    def get(self, name: str) -> Model:
        """The model with this id or alias. Raises CatalogueError where there is none."""
        model = self.find(name)
        if model is None:
            known = ", ".join(m.id for m in self.models)
            raise CatalogueError(f"the catalogue has no model {name!r}; it knows {known}")
        return model


@cache
def load() -> Catalogue:
    """The catalogue that ships with optlab, read once per process."""
    data = resources.files("optlab.catalogue").joinpath("models.json").read_bytes()
    return msgspec.json.decode(data, type=Catalogue)
