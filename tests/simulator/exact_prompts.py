"""Prompts of an exact number of tokens, and calls of a simulator without HTTP that say what was billed."""

from functools import cache
from typing import Any

from optlab.catalogue import estimate_tokens
from optlab.simulator.request.conversation import read
from optlab.simulator.request.tokens import TokenCounter
from optlab.simulator.request.validation import check_count, check_message
from optlab.simulator.simulation import Call, Simulator

VERSION = "2026-10-21"
S46, H45 = "claude-sonnet-4-6", "claude-haiku-4-5"
M5 = {"type": "ephemeral"}
M1 = {"type": "ephemeral", "ttl": "1h"}


@cache
def text_of(tokens: int, word: str = "tea") -> str:
    """A text that is estimated at exactly so many tokens by the older tokenizer family."""
    words = round(tokens / 0.922)
    while estimate_tokens(" ".join([word] * words), "old") < tokens:
        words += 1
    while estimate_tokens(" ".join([word] * words), "old") > tokens:
        words -= 1
    text = " ".join([word] * words)
    assert estimate_tokens(text, "old") == tokens
    return text


def block(tokens: int, word: str = "tea", mark: dict[str, str] | None = None) -> dict[str, Any]:
    return {"type": "text", "text": text_of(tokens, word)} | ({"cache_control": mark} if mark else {})


def tool(tokens: int, mark: dict[str, str] | None = None, word: str = "tea") -> dict[str, Any]:
    made: dict[str, Any] = {"name": "look", "input_schema": {"type": "object"}, "description": ""}
    empty = _tool_tokens(made)
    for words in range(round((tokens - empty) / 0.922) - 12, 2 * tokens):
        made["description"] = " ".join([word] * words)
        if _tool_tokens(made) == tokens:
            return made | ({"cache_control": mark} if mark else {})
    raise AssertionError(tokens)


def _tool_tokens(made: dict[str, Any]) -> int:
    return sum(TokenCounter().parts(read({"tools": [made], "messages": []})[0], "old"))


def user(*blocks: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(blocks)}]


def call(simulator: Simulator, key: str = "k", begin: bool = True, **fields: Any) -> Call:
    """One accepted call; its entries become readable at once, unless `begin` is off."""
    body = {"model": S46, "max_tokens": 50, **fields}
    request = check_message(body, VERSION, simulator.catalogue)
    made = simulator.accept(request, key)
    if begin:
        simulator.cache.store(made.claim)
    not_counted = ("max_tokens", "stream", "metadata", "stop_sequences", "diagnostics")
    counted = {k: v for k, v in body.items() if k not in not_counted}
    assert simulator.count(check_count(counted, VERSION, simulator.catalogue)) == made.prompt_tokens
    return made


def billed(made: Call) -> tuple[int, int, int, int]:
    """Read, 5m write, 1h write, input without the frame."""
    c = made.claim
    assert (
        sum((c.read_tokens, c.write_5m_tokens, c.write_1h_tokens, c.after_tokens, made.frame_tokens))
        == made.prompt_tokens
    )
    return c.read_tokens, c.write_5m_tokens, c.write_1h_tokens, c.after_tokens


def micro_dollars(made: Call) -> float:
    """Price of the prompt without the frame on Sonnet 4.6, in millionths of a dollar."""
    read, write_5m, write_1h, after = billed(made)
    return 0.3 * read + 3.75 * write_5m + 6 * write_1h + 3 * after
