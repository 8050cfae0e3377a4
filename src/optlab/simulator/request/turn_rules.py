"""Rules of the conversation: contents that are not empty, roles, prefill, tool calls that are answered."""

from collections.abc import Sequence

from optlab.catalogue import Model
from optlab.simulator.errors import ApiError, invalid
from optlab.simulator.request.conversation import Block, Body, Part, Turn, items, turns
from optlab.simulator.request.shape import NEW_VERSION


def check_conversation(body: Body, model: Model, blocks: Sequence[Block], version: str) -> None:
    """Raises a 400 for the first rule that the conversation breaks."""
    messages = items(body["messages"])
    conversation = turns(blocks)
    _check_contents(messages, blocks, version)
    _check_roles(conversation, model)
    if messages[-1]["role"] == "assistant":
        _check_prefill(conversation[-1], model, len(messages) - 1)
    _check_tool_turns(conversation)


def _check_contents(messages: Sequence[dict[str, object]], blocks: Sequence[Block], version: str) -> None:
    for i, message in enumerate(messages):
        last_answer = i == len(messages) - 1 and message["role"] == "assistant"
        if not message["content"] and not last_answer:
            raise invalid(
                f"messages.{i}.content: text content blocks must be non-empty: {message['role']} has no content"
            )
    for block in blocks:
        if block.level != "tools":
            for part in block.parts:
                _check_text(part)
        problem = _misplaced(block, version)
        if problem:
            raise invalid(f"{block.path}: {problem}")


def _check_text(part: Part) -> None:
    text = part.content.get("text")
    if text == "":
        raise invalid(f"{part.path}: text content blocks must be non-empty")
    if isinstance(text, str) and not text.strip() and part.depth == 0:
        raise invalid(f"{part.path}: text content blocks must contain non-whitespace text")


def _misplaced(block: Block, version: str) -> str | None:
    """What is wrong with a block of this kind in a turn of this role."""
    role, kind = block.role, block.kind
    if kind in ("tool_use", "thinking", "redacted_thinking", "server_tool_use") and role != "assistant":
        return f"`{kind}` blocks can only be in `assistant` messages"
    if kind in ("tool_result", "image") and role != "user":
        return f"`{kind}` blocks can only be in `user` messages"
    if version == NEW_VERSION:
        if kind == "document" and role == "assistant":
            return "`document` blocks can only be in `user` messages"
        if kind == "text" and role == "user" and block.content.get("citations"):
            return "`citations` on `text` blocks are only allowed in `assistant` messages"
    if role == "system" and block.level == "messages" and kind != "text":
        return "`system` messages can only hold `text` blocks"
    return None


def _check_roles(conversation: Sequence[Turn], model: Model) -> None:
    if not conversation or conversation[0].role != "user":
        raise invalid('messages.0.role: first message must use the "user" role')
    for i, turn in enumerate(conversation):
        if turn.role != "system":
            continue
        path = f"messages.{turn.first_message}.role"
        if not model.capabilities.mid_conversation_system:
            raise invalid(f"{path}: role 'system' is not supported on this model; use the top-level `system` field")
        followed_by = conversation[i + 1].role if i + 1 < len(conversation) else "assistant"
        if conversation[i - 1].role != "user" or followed_by != "assistant":
            raise invalid(
                f"{path}: a 'system' message must follow a user turn and be last or precede an assistant turn"
            )


def _check_prefill(last: Turn, model: Model, index: int) -> None:
    if not model.capabilities.assistant_prefill:
        raise invalid(
            f"messages.{index}: This model does not support assistant message prefill. "
            "The conversation must end with a user message."
        )
    # A final turn without content has no block of its own: the last one is the user's.
    ending = str(last.blocks[-1].content.get("text", "")) if last.role == "assistant" else ""
    if ending != ending.rstrip():
        raise invalid(f"messages.{index}: final assistant content cannot end with trailing whitespace")


def _check_tool_turns(conversation: Sequence[Turn]) -> None:
    spoken = [t for t in conversation if t.role != "system"]
    seen: set[str] = set()
    asked: set[str] = set()
    for i, turn in enumerate(spoken):
        answered = {str(b.content["tool_use_id"]): b for b in turn.blocks if b.kind == "tool_result"}
        for use_id, block in answered.items():
            if use_id not in asked:
                raise invalid(
                    f"{block.path}: unexpected `tool_use_id` found in `tool_result` blocks: {use_id[:80]}. Each "
                    "`tool_result` block must have a corresponding `tool_use` block in the previous message."
                )
        open_ids = sorted(asked - answered.keys())
        if open_ids:
            raise _unanswered(spoken[i - 1], open_ids)
        uses = [str(b.content["id"]) for b in turn.blocks if b.kind == "tool_use"]
        if len(set(uses)) < len(uses) or seen & set(uses):
            raise invalid(f"messages.{turn.first_message}: `tool_use` ids must be unique")
        asked = set(uses)
        seen |= asked
    if asked:
        raise _unanswered(spoken[-1], sorted(asked))


def _unanswered(turn: Turn, ids: Sequence[str]) -> ApiError:
    return invalid(
        f"messages.{turn.first_message}: `tool_use` ids were found without `tool_result` blocks immediately after: "
        f"{', '.join(ids)[:200]}. Each `tool_use` block must have a corresponding `tool_result` block "
        "in the next message."
    )
