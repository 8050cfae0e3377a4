"""From a checked request to a reply: what the stand-in model sees, how much it thinks, where it is cut off."""

import random
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from optlab.simulator import model as stand_in
from optlab.simulator.reply.blocks import Block, Reply, digest, text_block, thinking_block, tool_block
from optlab.simulator.request.conversation import Block as PromptBlock
from optlab.simulator.request.conversation import items, turns
from optlab.simulator.request.signatures import sign
from optlab.simulator.request.validation import FORCED, Request

_SUMMARY_SHARE = 0.35
"""Length of a thinking summary relative to the thinking it stands for [assumed]."""

_TOKENS_A_SENTENCE = 19


class Draws(msgspec.Struct, frozen=True):
    """Independent streams of random draws for one request, all fixed by one seed."""

    seed: bytes

    def stream(self, name: str) -> random.Random:
        """A generator of its own for one purpose."""
        return random.Random(self.seed + name.encode())

    def tool_use_id(self, number: int) -> str:
        """The id of a tool call. A rerun gives it again, so that a client who sends it back asks the same."""
        return f"toolu_01{digest(self.seed + b'tool use %d' % number)[:22]}"


def compose(request: Request, prompt_tokens: int, draws: Draws) -> Reply:
    """The reply to a request: thinking where it is on, then text and tool calls, cut at the limit that comes first."""
    if request.max_tokens == 0:
        return Reply((), "max_tokens", 0)
    window = max(request.model.limits.context_window - prompt_tokens, 1)
    limit = min(request.max_tokens, window)
    at_limit = "max_tokens" if request.max_tokens <= window else "model_context_window_exceeded"
    prompt = see(request.blocks, strength(request))
    parts, stop_sequence = _parts(request, prompt, draws)
    blocks: list[Block] = []
    thought = 0
    if request.thinking_type != "off":
        wanted = _thinking_amount(request, sum(len(p.pieces) for p in parts), draws)
        thought = min(wanted, limit)
        blocks.append(_think(request, prompt, thought, draws))
    tokens = thought
    chunks = draws.stream("chunks")
    for part in parts:
        kept = part.pieces[: limit - tokens]
        if kept:
            blocks.append(_block(part, kept, tokens, chunks, draws.tool_use_id(len(blocks))))
        tokens += len(kept)
        if len(kept) < len(part.pieces):
            return Reply(tuple(blocks), at_limit, tokens, thought)
    if stop_sequence:
        return Reply(tuple(blocks), "stop_sequence", tokens, thought, stop_sequence)
    return Reply(tuple(blocks), "tool_use" if parts[-1].call else "end_turn", tokens, thought)


def strength(request: Request) -> float:
    """How strong the model is on this request: thinking helps, the more of it the effort allows."""
    return stand_in.strength_of(request.model, None if request.thinking_type == "off" else request.effort or "high")


def see(blocks: Sequence[PromptBlock], strength: float) -> stand_in.Prompt:
    """The prompt as the stand-in model reads it: plain text by turn, the last user turn and tool results apart.

    Where the last turn holds tool results and no text, the question is that of the user turn before.
    """
    system = [t for b in blocks if b.level == "system" for t in _plain(b.content)]
    spoken = [b for b in blocks if b.level == "messages"]
    prefill: list[str] = []
    while spoken and spoken[-1].role == "assistant":
        prefill[:0] = _plain(spoken.pop().content)
    system += [t for b in spoken if b.role == "system" for t in _plain(b.content)]
    told = turns([b for b in spoken if b.role != "system"])
    last = told.pop().blocks if told else ()
    names = {b.content.get("id"): str(b.content.get("name")) for b in spoken if b.kind == "tool_use"}
    results, failures = _results(last, names)
    called: list[stand_in.Called] = []
    question = [t for b in last if b.kind != "tool_result" for t in _plain(b.content)]
    while (results or failures) and not question and told:
        earlier = told.pop()
        if earlier.role == "user":
            question = [t for b in earlier.blocks if b.kind != "tool_result" for t in _plain(b.content)]
            before_that, failed = _results(earlier.blocks, names)
            results[:0], failures[:0] = before_that, failed
        else:
            called[:0] = [
                stand_in.Called(str(b.content.get("name")), b.content.get("input"))
                for b in earlier.blocks
                if b.kind == "tool_use"
            ]
    before = [(turn.role, "\n".join(t for b in turn.blocks for t in _plain(b.content))) for turn in told]
    return stand_in.Prompt(
        "\n".join(system),
        "\n".join(text for _, text in before),
        "\n".join(question),
        "".join(prefill),
        strength,
        tuple(stand_in.Turn("assistant" if role == "assistant" else "user", text) for role, text in before),
        tuple(results),
        tuple(failures),
        tuple(called),
    )


def _results(blocks: Sequence[PromptBlock], names: Mapping[object, str]) -> tuple[list[str], list[tuple[str, str]]]:
    """What tools have answered in a turn, and which of them failed and why."""
    answered = [b for b in blocks if b.kind == "tool_result"]
    results = [stand_in.told(t) for b in answered if b.content.get("is_error") is not True for t in _plain(b.content)]
    failures = [
        (names.get(b.content.get("tool_use_id"), ""), " ".join(stand_in.told(t) for t in _plain(b.content)).strip())
        for b in answered
        if b.content.get("is_error") is True
    ]
    return results, failures


class _Part(msgspec.Struct, frozen=True):
    """A block to be: its pieces, and the call they spell, if they spell one."""

    pieces: list[str]
    call: stand_in.Call | None = None


def _parts(request: Request, prompt: stand_in.Prompt, draws: Draws) -> tuple[list[_Part], str | None]:
    """What the model writes, at least one part, and the stop sequence that ended it."""
    desk = stand_in.Desk(prompt, draws.stream("calls" if request.body.get("tools") else "text"))
    wanted = request.section("output_config").get("format")
    shaped = isinstance(wanted, dict)
    calls = [] if shaped and request.section("tool_choice").get("type") not in FORCED else _calls(request, desk)
    if calls:
        opening, stop_sequence = _text(request, stand_in.lead(desk), draws) if _is_free(request) else ([], None)
        lead = [_Part(opening)] if "".join(opening) or stop_sequence else []
        return (lead or [_Part([""])], stop_sequence) if stop_sequence else ([*lead, *_spelled(request, calls)], None)
    if isinstance(wanted, dict):
        text = msgspec.json.encode(stand_in.shaped(wanted["schema"], desk)).decode()
    else:
        text = _asked_back(request, desk) or stand_in.answer(prompt, draws.stream("text"))
    pieces, stop_sequence = _text(request, text, draws)
    return [_Part(pieces)], stop_sequence


def _text(request: Request, text: str, draws: Draws) -> tuple[list[str], str | None]:
    sequences = request.body.get("stop_sequences")
    stops = [s for s in sequences if isinstance(s, str)] if isinstance(sequences, list) else []
    return stand_in.cut_at(stand_in.split(text, request.model.tokenizer.family), stops)


def _is_free(request: Request) -> bool:
    return request.section("tool_choice").get("type", "auto") == "auto"


def _calls(request: Request, desk: stand_in.Desk) -> list[stand_in.Call]:
    """The calls that tool_choice forces, or those that a model left free makes."""
    choice = request.section("tool_choice")
    kind = str(choice.get("type", "auto"))
    tools = items(request.body.get("tools"))
    if not tools or kind == "none":
        return []
    forced = str(choice.get("name")) if kind == "tool" else "any" if kind == "any" else None
    return stand_in.calls(tools, desk, forced=forced, several=choice.get("disable_parallel_tool_use") is not True)


def _asked_back(request: Request, desk: stand_in.Desk) -> str | None:
    tools = items(request.body.get("tools"))
    return stand_in.missing(tools, desk) if tools and _is_free(request) else None


def _spelled(request: Request, calls: Sequence[stand_in.Call]) -> list[_Part]:
    family = request.model.tokenizer.family
    return [_Part(stand_in.split(msgspec.json.encode(c.arguments).decode(), family), c) for c in calls]


def _block(part: _Part, kept: Sequence[str], after: int, chunks: random.Random, use_id: str) -> Block:
    if part.call is None:
        return text_block(kept, after, chunks)
    # A call that was cut has no complete input: the API hands over what could be parsed, here nothing.
    value = part.call.arguments if len(kept) == len(part.pieces) else {}
    return tool_block(use_id, part.call.name, value, kept, after, chunks)


def _thinking_amount(request: Request, answer_tokens: int, draws: Draws) -> int:
    budget = request.section("thinking").get("budget_tokens")
    return stand_in.thinking_tokens(
        answer_tokens, request.effort or "high", budget if isinstance(budget, int) else None, draws.stream("thinking")
    )


def _think(request: Request, prompt: stand_in.Prompt, tokens: int, draws: Draws) -> Block:
    display = request.section("thinking").get("display") or request.model.capabilities.thinking.display_default
    visible: list[str] = []
    if display == "summarized":
        length = max(round(tokens * _SUMMARY_SHARE), 1)
        text = stand_in.ponder(prompt, length // _TOKENS_A_SENTENCE, draws.stream("summary"))
        visible = stand_in.split(text, request.model.tokenizer.family)[:tokens]
    signature = sign(tokens, digest(draws.seed))
    return thinking_block(tokens, visible, signature, draws.stream("thinking chunks"))


def _plain(content: Mapping[str, object]) -> Iterator[str]:
    match content.get("type"):
        case "text":
            yield str(content["text"])
        case "tool_result" | "search_result":
            inner = content.get("content")
            if isinstance(inner, str):
                yield inner
            for item in items(inner):
                yield from _plain(item)
        case "document":
            source = content["source"]
            if isinstance(source, dict) and source.get("type") == "text":
                yield str(source["data"])
            elif isinstance(source, dict) and source.get("type") == "content":
                if isinstance(source["content"], str):
                    yield source["content"]
                for item in items(source["content"]):
                    yield from _plain(item)
