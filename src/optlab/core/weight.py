"""What a prompt weighs by the offline estimate: the one rule behind every figure of a whole prompt that is shown."""

from collections.abc import Mapping

from optlab.catalogue import load, token_weight
from optlab.core.prompt import Prompt, fill


def prompt_weight(prompt: Prompt, variables: Mapping[str, str], model: str) -> float:
    """Estimated tokens of the segments that are on, filled in, rounded nowhere (an unknown model: the older family).

    What the API puts around a prompt is not counted, so that the pieces of a prompt add up to it.
    """
    known = load().find(model)
    family = known.tokenizer.family if known else "old"
    return sum(token_weight(fill(segment.text, variables), family) for segment in prompt.segments if segment.on)
