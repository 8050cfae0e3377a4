"""The JSON of an answer: all of it, or what its first fence holds."""

from typing import Any

import msgspec

LONGEST = 1_000_000
"""Characters; far above what a model can write in one answer. More is not read."""


def json_in(answer: str) -> Any:
    """The value an answer holds as JSON. Raises ValueError in a few words where there is none.

    JSON is taken strictly: no NaN, no trailing comma, nothing around it but white space or one fence.
    """
    text = answer.strip()
    if len(text) > LONGEST:
        raise ValueError(f"is longer than {LONGEST:,} characters")
    start = text.find("```")
    if start >= 0 and not text.startswith(("{", "[", '"')):
        text = _fenced(text, start)
    if not text:
        raise ValueError("is empty")
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise ValueError("is nested too deep") from None
    except (msgspec.DecodeError, ValueError) as error:
        raise ValueError(f"is no JSON ({str(error)[:100]})") from None


def _fenced(text: str, start: int) -> str:
    head, _, rest = text[start + 3 :].partition("\n")
    if head.strip().lower() not in ("", "json"):
        raise ValueError(f"has a fence of {head.strip()[:20]!r}, not of JSON")
    body, closed, _ = rest.partition("```")
    if not closed:
        raise ValueError("has a fence that is not closed")
    return body.strip()
