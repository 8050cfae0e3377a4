"""What the studies of cuts share: pieces as asked for, prompts that make a request, samples, and what a cut saves."""

import random
from collections.abc import Sequence

import msgspec

from optlab.catalogue import estimate_tokens, load
from optlab.core.commands import By
from optlab.core.errors import UsageError
from optlab.core.experiment import LeverChoice
from optlab.core.prompt import Prompt, fill
from optlab.core.request import Request, compose
from optlab.core.scenario import Sample, Scenario
from optlab.core.trim_report import Saving
from optlab.core.weight import prompt_weight
from optlab.cuts.pieces import Piece, pieces, without
from optlab.cuts.splitting import By as Fineness
from optlab.engine.guessing import marked_tokens
from optlab.engine.pricing import Pricer
from optlab.levers import complete, examine, param_of, stacked

FINER: Fineness = "sentence"
"""What `auto` cuts those segments into that must stay: sentences and list items."""


def pieces_by(prompt: Prompt, by: By) -> tuple[Piece, ...]:
    """The pieces of a prompt, as fine as asked; `auto` begins with segments. Raises UsageError where none may go."""
    fineness: Fineness | None = None if by == "segment" or by == "auto" else by
    found = pieces(prompt, {s.name: fineness for s in prompt.segments} if fineness else None)
    if not any(piece.cuttable for piece in found):
        raise UsageError("the scenario lets nothing be cut (trimmable = false on all segments); mark some trimmable")
    return found


def require_cuttable(scenario: Scenario, found: Sequence[Piece]) -> None:
    """Raises UsageError where the prompt makes no request without any one of its pieces: nothing is there to ask."""
    alone = (without(scenario.prompt, [piece]) for piece in found if piece.cuttable)
    if not any(sendable(scenario, prompt, scenario.samples) for prompt in alone):
        raise UsageError(
            "nothing of this prompt may go: without any one of its pieces it makes no request; divide it into "
            "segments, or give finer pieces (--by sentence)"
        )


def piece_tokens(scenario: Scenario, piece: Piece) -> int:
    """Estimated tokens of a piece in the tokenizer of the scenario's model."""
    model = load().find(scenario.model)
    return estimate_tokens(piece.text, model.tokenizer.family if model else "old")


def whole_tokens(scenario: Scenario, model: str = "") -> int:
    """Estimated tokens of the prompt, the first sample filled in, as the lab shows them, for its model or another."""
    return round(prompt_weight(scenario.prompt, scenario.samples[0].variables, model or scenario.model))


def sendable(scenario: Scenario, prompt: Prompt, samples: Sequence[Sample]) -> bool:
    """Whether the prompt makes a request the API takes: something to ask in every sample, the user first."""
    asking = [segment.text for segment in prompt.active("user")]
    if not all(any(fill(text, sample.variables).strip() for text in asking) for sample in samples):
        return False
    try:
        request = compose(prompt, {}, model=scenario.model, max_tokens=scenario.max_tokens)
    except ValueError:
        return False
    return request.messages[0].role == "user"


def checked(scenario: Scenario) -> Scenario:
    """The scenario with those samples alone that say what a good answer is. Raises UsageError without any."""
    samples = tuple(sample for sample in scenario.samples if sample.checks)
    if not samples:
        raise UsageError(
            "the scenario has no check, so nobody can say what a cut loses; add a check to it (a regex, a number, …)"
        )
    if any(sample.judge and sample.judge.settings.get("how") == "pairwise" for sample in samples):
        raise UsageError(
            "the judge of this scenario compares two answers, but a search looks at one prompt at a time; "
            'let the judge give verdicts (how = "verdict"), or test one cut'
        )
    return msgspec.structs.replace(scenario, samples=samples)


def halves(scenario: Scenario, seed: int) -> tuple[Scenario, Scenario]:
    """Two halves of the samples, drawn by the seed: one to search on, one held out.

    Raises UsageError on fewer than 4.
    """
    samples = list(scenario.samples)
    if len(samples) < 4:
        raise UsageError(
            f"a search needs checked samples to search on and others to verify on, and there are {len(samples)} in "
            "all; add samples"
        )
    random.Random(f"{seed}:halves").shuffle(samples)
    middle = len(samples) // 2
    parts = (tuple(samples[:middle]), tuple(samples[middle:]))
    search, held = (msgspec.structs.replace(scenario, samples=part) for part in parts)
    return search, held


def saving(scenario: Scenario, trimmed: Prompt, levers: Sequence[LeverChoice], pricer: Pricer) -> Saving:
    """What the trimmed prompt saves against the scenario's. Raises UsageError where the model has no price.

    The model is the one that the levers ask. The cached prefix is that of the levers, or of the caching that the
    scenario declares; one below the model's minimum is not cached.
    """
    after = msgspec.structs.replace(scenario, prompt=trimmed)
    model = asked_model(scenario, levers)
    tokens = [whole_tokens(one, model) for one in (scenario, after)]
    rates = pricer.rates(model, tokens[0])
    cut = (tokens[0] - tokens[1]) * rates.input / 1e6
    caching = _caching(scenario, levers)
    marked = [_cached(one, caching) for one in (scenario, after)] if caching else [(0, ()), (0, ())]
    if caching is None or not any(size for size, _ in marked):
        return Saving(tokens[0], tokens[1], cut)
    read = (marked[0][0] - marked[1][0]) * rates.cache_read
    plain = ((tokens[0] - marked[0][0]) - (tokens[1] - marked[1][0])) * rates.input
    written = 0 if marked[0] == marked[1] else marked[1][0]
    hour = param_of(caching, "caching", "ttl", scenario) == "1h"
    rewrite = written * (rates.cache_write_1h if hour else rates.cache_write_5m)
    return Saving(tokens[0], tokens[1], cut, (read + plain) / 1e6, rewrite / 1e6, cache_lost=not marked[1][0])


def asked_model(scenario: Scenario, levers: Sequence[LeverChoice]) -> str:
    """The model that gets the prompt with these levers: the scenario's, unless one of them asks another."""
    request = _request(scenario, levers)
    return request.model if request else scenario.model


def _caching(scenario: Scenario, levers: Sequence[LeverChoice]) -> tuple[LeverChoice, ...] | None:
    if any(choice.name == "caching" for choice in levers):
        return tuple(levers)
    if "caching" not in scenario.lever_params:
        return None
    return stacked((*levers, complete(LeverChoice("caching"), scenario)))


def _request(scenario: Scenario, levers: Sequence[LeverChoice]) -> Request | None:
    """What is sent, no sample filled in; None where nothing can be."""
    try:
        return examine(levers, scenario)
    except UsageError:
        return examine((), scenario)  # a breakpoint stood behind what is cut


def _cached(scenario: Scenario, levers: Sequence[LeverChoice]) -> tuple[int, tuple[str, ...]]:
    """Estimated tokens of the prefix that is cached, and its texts; none where it is below the model's minimum."""
    request = _request(scenario, levers)
    model = load().find(request.model) if request else None
    if request is None or marked_tokens(request) < (model.limits.min_cacheable_tokens if model else 1):
        return 0, ()
    last = max((at for at, part in enumerate(request.parts, 1) if part.cache), default=0)
    return marked_tokens(request), request.texts() if request.cache else request.texts()[:last]
