"""What the studies of cuts share: pieces as asked for, prompts that make a request, samples, and what a cut saves."""

import random
from collections.abc import Sequence
from itertools import accumulate

import msgspec

from optlab.catalogue import estimate_tokens, load, token_weight
from optlab.core.commands import By
from optlab.core.errors import UsageError
from optlab.core.experiment import LeverChoice
from optlab.core.prompt import Prompt, fill
from optlab.core.request import Request, compose
from optlab.core.scenario import Sample, Scenario
from optlab.core.trim_report import Saving
from optlab.core.weight import prompt_weight
from optlab.cuts.pieces import Piece, pieces, without
from optlab.cuts.prefix import changing, stable_parts
from optlab.cuts.splitting import By as Fineness
from optlab.engine.pricing import Pricer
from optlab.levers import complete, examine, param_of, stacked

LONGEST_WORDS = 48
"""Characters of a piece by which it is recognised."""
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


def piece_tokens(scenario: Scenario, piece: Piece, name: str = "") -> int:
    """Estimated tokens of a piece in the tokenizer of the scenario's model, or of the one that is named."""
    model = load().find(name or scenario.model)
    return estimate_tokens(piece.text, model.tokenizer.family if model else "old")


def first_words(piece: Piece) -> str:
    """The first words of a piece that is finer than its segment, by which it is recognised; none of a whole segment."""
    plain = "".join(letter if letter.isprintable() else " " for letter in piece.text[: 4 * LONGEST_WORDS])
    words = " ".join(plain.split())
    if not piece.number or len(words) <= LONGEST_WORDS:
        return words if piece.number else ""
    return f"{words[: LONGEST_WORDS - 1].rstrip()}…"


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
    samples = drawn(scenario, seed, "halves")
    if len(samples) < 4:
        raise UsageError(
            f"a search needs checked samples to search on and others to verify on, and there are {len(samples)} in "
            "all; add samples"
        )
    middle = len(samples) // 2
    search, held = (msgspec.structs.replace(scenario, samples=part) for part in (samples[:middle], samples[middle:]))
    return search, held


def drawn(scenario: Scenario, seed: int, what: str) -> tuple[Sample, ...]:
    """The samples in an order drawn by the seed: the first n are a fair n, whatever order their file has.

    `what` they are drawn for keeps the draws of different questions apart. A longer draw goes on with a shorter one.
    """
    samples = list(scenario.samples)
    random.Random(f"{seed}:{what}").shuffle(samples)
    return tuple(samples)


def saving(scenario: Scenario, trimmed: Prompt, levers: Sequence[LeverChoice], pricer: Pricer) -> Saving:
    """What the trimmed prompt saves against the scenario's. Raises UsageError where the model has no price.

    The model is the one that the levers ask. The cached prefix is that of the levers, or of the caching that the
    scenario declares, as far as it stays the same from call to call; one below the model's minimum is not cached.
    """
    after = msgspec.structs.replace(scenario, prompt=trimmed)
    model = asked_model(scenario, levers)
    tokens = [whole_tokens(one, model) for one in (scenario, after)]
    rates = pricer.rates(model, tokens[0])
    cut = (tokens[0] - tokens[1]) * rates.input / 1e6
    caching = caching_of(scenario, levers)
    if caching is None:
        return Saving(tokens[0], tokens[1], cut)
    first, last = (cached_part(one, caching) for one in (scenario, after))
    if not (first.read or first.written or last.read or last.written):
        return Saving(tokens[0], tokens[1], cut)
    hour = param_of(caching, "caching", "ttl", scenario) == "1h"
    write = rates.cache_write_1h if hour else rates.cache_write_5m

    def bill(part: CachedPart, whole: int) -> float:
        return part.read * rates.cache_read + part.written * write + (whole - part.read - part.written) * rates.input

    return Saving(
        tokens[0],
        tokens[1],
        cut,
        cached_usd_per_call=(bill(first, tokens[0]) - bill(last, tokens[1])) / 1e6,
        rewrite_usd=0.0 if first.texts == last.texts else last.read * write / 1e6,
        cache_lost=bool(first.read and not last.read),
        cached_before=first.read,
        cached_after=last.read,
    )


def asked_model(scenario: Scenario, levers: Sequence[LeverChoice]) -> str:
    """The model that gets the prompt with these levers: the scenario's, unless one of them asks another."""
    request = _request(scenario, levers)
    return request.model if request else scenario.model


def caching_of(scenario: Scenario, levers: Sequence[LeverChoice]) -> tuple[LeverChoice, ...] | None:
    """The levers with caching: theirs, or the one that the scenario declares; None where neither caches."""
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


class CachedPart(msgspec.Struct, frozen=True):
    """Of a prompt, estimated tokens that every call reads from a cache, and those that every call writes in vain.

    `texts` are those that are read.
    """

    read: int = 0
    written: int = 0
    texts: tuple[str, ...] = ()


def cached_part(scenario: Scenario, levers: Sequence[LeverChoice]) -> CachedPart:
    """What of the prompt is cached under these levers, calls without a pause between them.

    Read is what stands in front of the last breakpoint that has nothing in front of it that changes from call to call;
    from there to the last breakpoint is written anew each time. Below the model's minimum nothing is cached.
    """
    request = _request(scenario, levers)
    if request is None:
        return CachedPart()
    model = load().find(request.model)
    least = model.limits.min_cacheable_tokens if model else 1
    stable = stable_parts(request, changing(scenario))
    family, values = model.tokenizer.family if model else "old", scenario.samples[0].variables
    sizes = accumulate(token_weight(fill(text, values), family) for text in request.texts())
    until = [(at, round(size)) for at, size in enumerate(sizes, 1)]
    marks = [mark for mark, part in zip(until, request.parts, strict=True) if part.cache]
    if request.cache:
        marks.append(until[-1])
    marks = [mark for mark in marks if mark[1] >= least]
    if not marks:
        return CachedPart()
    at, read = max((mark for mark in marks if mark[0] <= stable), default=(0, 0))
    return CachedPart(read, max(marks)[1] - read, request.texts()[:at])
