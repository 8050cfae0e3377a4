"""From a checked request to a reply: what the stand-in model sees, how much it thinks, where it is cut off."""

import random
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from optlab.simulator import model as stand_in
from optlab.simulator.conversation import Block as PromptBlock
from optlab.simulator.conversation import items
from optlab.simulator.reply import Block, Reply, digest, text_block, thinking_block, tool_block
from optlab.simulator.signatures import sign
from optlab.simulator.validation import FORCED, Request
from optlab.simulator.wire import new_id

_SUMMARY_SHARE = 0.35
"""Length of a thinking summary relative to the thinking it stands for [assumed]."""

_TOKENS_A_SENTENCE = 19


class Draws(msgspec.Struct, frozen=True):
    """Independent streams of random draws for one request, all fixed by one seed."""

    seed: bytes

    def stream(self, name: str) -> random.Random:
        """A generator of its own for one purpose."""
        return random.Random(self.seed + name.encode())


def compose(request: Request, prompt_tokens: int, draws: Draws) -> Reply:
    """The reply to a request: thinking where it is on, then a tool call or text, cut at the limit that comes first."""
    if request.max_tokens == 0:
        return Reply((), "max_tokens", 0)
    window = max(request.model.limits.context_window - prompt_tokens, 1)
    limit = min(request.max_tokens, window)
    at_limit = "max_tokens" if request.max_tokens <= window else "model_context_window_exceeded"
    prompt = see(request.blocks)
    tool = _tool_to_call(request, prompt, draws)
    pieces, stop_sequence = _output(request, prompt, tool, draws)
    blocks: list[Block] = []
    thought = 0
    if request.thinking_type != "off":
        wanted = _thinking_amount(request, len(pieces), draws)
        thought = min(wanted, limit)
        blocks.append(_think(request, prompt, thought, draws))
    left = limit - thought
    if left <= 0:
        return Reply(tuple(blocks), at_limit, thought, thought)
    kept = pieces[:left]
    if tool is not None:
        blocks.append(_call(tool, kept, whole=len(kept) == len(pieces), after=thought, draws=draws))
    else:
        blocks.append(text_block(kept, thought, draws.stream("chunks")))
    tokens = thought + len(kept)
    if len(kept) < len(pieces):
        return Reply(tuple(blocks), at_limit, tokens, thought)
    if tool is not None:
        return Reply(tuple(blocks), "tool_use", tokens, thought)
    reason = "stop_sequence" if stop_sequence else "end_turn"
    return Reply(tuple(blocks), reason, tokens, thought, stop_sequence)


def see(blocks: Sequence[PromptBlock]) -> stand_in.Prompt:
    """The prompt as the stand-in model reads it: plain text, the last user turn apart."""
    system = [t for b in blocks if b.level == "system" for t in _plain(b.content)]
    spoken = [b for b in blocks if b.level == "messages"]
    prefill: list[str] = []
    while spoken and spoken[-1].role == "assistant":
        prefill[:0] = _plain(spoken.pop().content)
    system += [t for b in spoken if b.role == "system" for t in _plain(b.content)]
    spoken = [b for b in spoken if b.role != "system"]
    last = len(spoken)
    while last > 0 and spoken[last - 1].role == "user":
        last -= 1
    question = [t for b in spoken[last:] for t in _plain(b.content)]
    earlier = [t for b in spoken[:last] for t in _plain(b.content)]
    return stand_in.Prompt("\n".join(system), "\n".join(earlier), "\n".join(question), "".join(prefill))


class _Tool(msgspec.Struct, frozen=True):
    name: str
    value: object


def _output(
    request: Request, prompt: stand_in.Prompt, tool: _Tool | None, draws: Draws
) -> tuple[list[str], str | None]:
    family = request.model.tokenizer.family
    if tool is not None:
        return stand_in.split(msgspec.json.encode(tool.value).decode(), family), None
    wanted = request.section("output_config").get("format")
    if isinstance(wanted, dict):
        value = stand_in.fill(wanted["schema"], prompt.question, draws.stream("text"))
        text = msgspec.json.encode(value).decode()
    else:
        text = stand_in.answer(prompt, draws.stream("text"))
    sequences = request.body.get("stop_sequences")
    stops = [s for s in sequences if isinstance(s, str)] if isinstance(sequences, list) else []
    return stand_in.cut_at(stand_in.split(text, family), stops)


def _tool_to_call(request: Request, prompt: stand_in.Prompt, draws: Draws) -> _Tool | None:
    """The call that tool_choice forces; a model left free answers in words."""
    choice = request.section("tool_choice")
    if choice.get("type") not in FORCED:
        return None
    tools = items(request.body.get("tools"))
    chosen = choice.get("name") if choice["type"] == "tool" else None
    tool = next((t for t in tools if t.get("name") == chosen), None) or _closest(tools, prompt.question)
    value = stand_in.fill(tool.get("input_schema", {"type": "object"}), prompt.question, draws.stream("text"))
    return _Tool(str(tool.get("name") or tool.get("type")), value)


def _closest(tools: Sequence[Mapping[str, object]], question: str) -> Mapping[str, object]:
    asked = set(question.lower().split())
    return max(tools, key=lambda t: len(asked & set(f"{t.get('name')} {t.get('description')}".lower().split())))


def _call(tool: _Tool, kept: Sequence[str], *, whole: bool, after: int, draws: Draws) -> Block:
    # A call that was cut has no complete input: the API hands over what could be parsed, here nothing.
    value = tool.value if whole else {}
    return tool_block(new_id("toolu"), tool.name, value, kept, after, draws.stream("chunks"))


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
