"""What a prompt weighs: tokens by the offline estimate, dollars at list price, and what a cut does to the cache."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec

from optlab.catalogue import Model, Rates, load, rates_for, token_weight
from optlab.catalogue.models import TokenizerFamily
from optlab.core.errors import UsageError
from optlab.core.experiment import LeverChoice
from optlab.core.prompt import Prompt, fill
from optlab.core.request import text_of
from optlab.core.scenario import Scenario
from optlab.cuts.prefix import changing, stable_parts
from optlab.levers import examine, param_of

CACHING = "caching"
SHORT = 2000
"""Characters."""


class Scale(msgspec.Struct, frozen=True):
    """What weighs a prompt: the model and the sample whose values are filled in. `own` are the user's own prices.

    The model is the one that is `asked`, as a lever may ask another than the scenario's; empty: the scenario's.
    """

    scenario: Scenario
    own: dict[str, Rates] = {}
    asked: str = ""

    @property
    def name(self) -> str:
        """What the model is called."""
        return self.asked or self.scenario.model

    @property
    def model(self) -> Model | None:
        """The model, where the catalogue knows it."""
        return load().find(self.name)

    @property
    def family(self) -> TokenizerFamily:
        """The tokenizer's family."""
        model = self.model
        return model.tokenizer.family if model else "old"

    def rates(self, tokens: float) -> Rates | None:
        """USD per million tokens for a prompt of so many; None where no price is known."""
        model = self.model
        own = self.own.get(self.name) or (self.own.get(model.id) if model else None)
        return own or (rates_for(model, round(tokens)) if model else None)

    def tokens(self, text: str) -> float:
        """Estimated tokens of a text with the first sample's values filled in."""
        return _weigh(text, _values(self.scenario), self.family)

    def total(self, prompt: Prompt) -> float:
        """Estimated tokens of what is on in a prompt."""
        return sum(self.tokens(segment.text) for segment in prompt.segments if segment.on)


class Cache(msgspec.Struct, frozen=True):
    """The prefix that is cached, or could be, in tokens before and after the cut; `minimum` is the model's.

    `marked` tells that a caching lever is on. `broke` and `breaks` name the segment in the prefix, before and after,
    that changes from call to call: only what stands in front of it counts. Dollars: one write of the new prefix, and
    what a read of the cut tokens cost a call.
    """

    before: int
    after: int
    minimum: int
    marked: bool
    changed: bool
    rewrite_usd: float = 0.0
    saved_usd: float = 0.0
    broke: str = ""
    breaks: str = ""

    @property
    def gained(self) -> bool:
        """Whether the cut brings the prefix up to the minimum."""
        return self.before < self.minimum <= self.after

    @property
    def lost(self) -> bool:
        """Whether the cut takes the prefix below the minimum."""
        return self.after < self.minimum <= self.before

    @property
    def payback_calls(self) -> int | None:
        """How many reads earn the rewrite back; None where nothing is saved."""
        return None if self.saved_usd <= 0 else int(self.rewrite_usd / self.saved_usd) + 1


def cache_of(scale: Scale, trimmed: Prompt, levers: Sequence[LeverChoice]) -> Cache | None:
    """What the cut does to the cached prefix; None where the model is unknown or nothing could be cached.

    Raises UsageError where no request can be made of the prompt.
    """
    model = scale.model
    marked = any(lever.name == CACHING for lever in levers)
    stack = tuple(levers) if marked else (*levers, LeverChoice(CACHING))
    before = _prefix(scale, scale.scenario.prompt, stack, marked=marked)
    after = _prefix(scale, trimmed, stack, marked=marked)
    if model is None or before is None or after is None:
        return None
    (tokens_before, text_before, broke), (tokens_after, text_after, breaks) = before, after
    rates = scale.rates(scale.total(trimmed))
    hour = param_of(stack, CACHING, "ttl", scale.scenario) == "1h"
    write = 0.0 if rates is None else rates.cache_write_1h if hour else rates.cache_write_5m
    return Cache(
        before=tokens_before,
        after=tokens_after,
        minimum=model.limits.min_cacheable_tokens,
        marked=marked,
        changed=text_before != text_after,
        rewrite_usd=tokens_after * write / 1e6,
        saved_usd=(tokens_before - tokens_after) * rates.cache_read / 1e6 if rates else 0.0,
        broke=broke,
        breaks=breaks,
    )


def asked_model(scenario: Scenario, levers: Sequence[LeverChoice]) -> str:
    """The model that gets the prompt with these levers; the scenario's where they make no request."""
    try:
        request = examine(levers, scenario)
    except UsageError:
        request = None
    return request.model if request else scenario.model


def problem_of(scale: Scale, trimmed: Prompt, levers: Sequence[LeverChoice]) -> str:
    """Why nothing can be asked with this prompt, in one sentence; empty where it can."""
    try:
        examine(levers, msgspec.structs.replace(scale.scenario, prompt=trimmed))
    except UsageError as error:
        return str(error)
    return "" if any(s.where == "user" and s.on and s.text.strip() for s in trimmed.segments) else NO_USER


NO_USER = "the prompt has no user text left; switch a user segment on"


def _prefix(scale: Scale, prompt: Prompt, stack: Sequence[LeverChoice], *, marked: bool) -> tuple[int, str, str] | None:
    """Tokens and text of what can be read up to a breakpoint, and the segment that breaks it; None without any mark.

    Where a part in front of a breakpoint changes from call to call, an earlier one holds. Where no lever is on, a
    breakpoint can be put in front of that part.
    """
    scenario = msgspec.structs.replace(scale.scenario, prompt=prompt)
    request = examine(stack, scenario)
    if request is None:
        return None
    texts = [text_of(part) for part in request.parts]
    marks = [index for index, part in enumerate(request.parts, 1) if part.cache]
    if request.cache:
        marks.append(len(texts))
    if not marks:
        return None
    stable, breaks = stable_parts(request, changing(scenario)), ""
    if stable < marks[-1]:
        breaks = request.parts[stable].segment
        marks = [mark for mark in marks if mark <= stable] if marked else [stable]
    until = marks[-1] if marks else 0
    return round(sum(map(scale.tokens, texts[:until]))), "\x00".join(texts[:until]), breaks


def _values(scenario: Scenario) -> tuple[tuple[str, str], ...]:
    return tuple(scenario.samples[0].variables.items()) if scenario.samples else ()


def _weigh(text: str, values: tuple[tuple[str, str], ...], family: TokenizerFamily) -> float:
    # A long text that is typed in is another one at every key: few of these are kept.
    return (_weigh_short if len(text) <= SHORT else _weigh_long)(text, values, family)


@lru_cache(maxsize=64)
def _weigh_long(text: str, values: tuple[tuple[str, str], ...], family: TokenizerFamily) -> float:
    filled: Mapping[str, str] = dict(values)
    return token_weight(fill(text, filled), family)


_weigh_short = lru_cache(maxsize=8192)(_weigh_long.__wrapped__)
