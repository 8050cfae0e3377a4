"""What one call will take, guessed offline: tokens of its prompt and seconds."""

from itertools import accumulate

from optlab.catalogue import estimate_tokens, load
from optlab.core.request import Block, Request, Tool, text_of

SAMPLES_LOOKED_AT = 50
"""A plan is guessed from at most so many samples."""
TYPICAL_SHARE_OF_CAP = 0.4
"""Where nothing is known of answer lengths, the time is planned with this share of max_tokens."""


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


def call_seconds(request: Request, tokens: int) -> float | None:
    """Planned model seconds of one call with a prompt of that many tokens; None where the model is unknown."""
    model = load().find(request.model)
    if model is None:
        return None
    profile = model.latency.profile
    answer = TYPICAL_SHARE_OF_CAP * request.max_tokens / profile.output_tokens_per_s.p50
    return profile.ttft_s.p50 + tokens / profile.prefill_tokens_per_s.uncached + answer
