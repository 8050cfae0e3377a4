"""What one call will take, guessed offline: tokens of its prompt and of its answer, and seconds."""

from collections.abc import Iterable
from itertools import accumulate

from optlab.catalogue import estimate_tokens, load
from optlab.core.record import PastAnswer
from optlab.core.request import Block, Request, Tool, text_of

SAMPLES_LOOKED_AT = 50
"""A plan is guessed from at most so many samples."""
TYPICAL_SHARE_OF_CAP = 0.4
"""Where nothing is known of answer lengths, answers are planned with this share of max_tokens."""


class AnswerLengths:
    """How long answers will be: as in earlier runs of the same scenario, else an assumed share of their cap."""

    def __init__(self, past: Iterable[PastAnswer] = ()) -> None:
        self._past: dict[str, list[PastAnswer]] = {}
        for answer in past:
            self._past.setdefault(answer.purpose, []).append(answer)

    @property
    def basis(self) -> str:
        """Where the expected lengths come from, in words."""
        known = len(self._past.get("answer", ()))
        if not known:
            return f"with answers of {TYPICAL_SHARE_OF_CAP:.0%} of max_tokens"
        return f"with answers as long as {known} kept ones"

    def expected(self, model: str, cap: int, purpose: str = "answer") -> float:
        """Mean tokens of an answer of `model` that is cut at `cap`.

        Where it never answered this, of models that think, unasked, as it does: thinking is billed as output. An answer
        that was cut below this cap says only that it was longer, and is left out.
        """
        every = [past for past in self._past.get(purpose, ()) if not past.cut or past.tokens >= cap]
        thinks = _thinks(model)
        alike = [past for past in every if _thinks(past.model) == thinks]
        found = [past for past in every if past.model == model] or alike
        if not found:
            return TYPICAL_SHARE_OF_CAP * cap
        return sum(min(past.tokens, cap) for past in found) / len(found)


NOTHING_KNOWN = AnswerLengths()


def _thinks(model: str) -> bool | None:
    """Whether a model thinks where nobody says otherwise; None where the catalogue does not know it."""
    known = load().find(model)
    return known.capabilities.thinking.on_by_default if known else None


def prompt_tokens(request: Request) -> int:
    """Estimated tokens of a prompt, in the tokenizer of its model (the older family where the model is unknown)."""
    model = load().find(request.model)
    family = model.tokenizer.family if model else "old"
    frame = model.tokenizer.message_frame_tokens if model else 0
    return frame + sum(estimate_tokens(text, family) for text in request.texts())


def marked_tokens(request: Request) -> int:
    """Estimated tokens up to the last breakpoint: what a cache may hold of the prompt; 0 where nothing is marked."""
    if request.cache:
        return prompt_tokens(request)
    return max((tokens for _, tokens in prefixes(request)), default=0)


def prefixes(request: Request) -> tuple[tuple[Tool | Block, int], ...]:
    """Every part with a breakpoint behind it, and the estimated tokens of the prompt up to there."""
    model = load().find(request.model)
    family = model.tokenizer.family if model else "old"
    sums = accumulate(estimate_tokens(text_of(part), family) for part in request.parts)
    return tuple((part, tokens) for part, tokens in zip(request.parts, sums, strict=True) if part.cache)


def call_seconds(request: Request, tokens: int, answer_tokens: float) -> float | None:
    """Planned model seconds of one call with a prompt and an answer of so many tokens; None for an unknown model."""
    model = load().find(request.model)
    if model is None:
        return None
    profile = model.latency.profile
    answer = answer_tokens / profile.output_tokens_per_s.p50
    return profile.ttft_s.p50 + tokens / profile.prefill_tokens_per_s.uncached + answer
