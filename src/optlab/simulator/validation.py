"""Rules that a request must keep beyond its shape: those of the conversation, of the cache marks and of the model.

The order is the API's: shape, model, rules of the model. Wording follows public error reports and always names the
field; clients must match on status and type.
"""

from collections.abc import Callable, Sequence

import msgspec

from optlab.catalogue import Catalogue, Model
from optlab.simulator import request_schema
from optlab.simulator.conversation import Block, Body, Turn, read, turns
from optlab.simulator.errors import ApiError, invalid
from optlab.simulator.marks import check_marks

MAX_DEPTH = 120

OFF_ONLY_UP_TO_HIGH = frozenset({"claude-opus-5", "claude-haiku-5-5", "claude-sonnet-5-5"})
"""Models that can be told not to think, but not together with effort xhigh or max (thinking and effort pages)."""

FORCED = ("any", "tool")


class Request(msgspec.Struct, frozen=True):
    """A request that has passed every check: its body, its model and its blocks."""

    body: Body
    model: Model
    blocks: tuple[Block, ...]

    def section(self, name: str) -> dict[str, object]:
        """An object-valued field; empty where it is absent or null."""
        value = self.body.get(name)
        return value if isinstance(value, dict) else {}

    @property
    def max_tokens(self) -> int:
        """The limit on output tokens; 0 for a pre-warm and for count_tokens."""
        value = self.body.get("max_tokens", 0)
        return value if isinstance(value, int) else 0

    @property
    def effort(self) -> str | None:
        """The effort in force: as sent, else the model's default."""
        sent = self.section("output_config").get("effort")
        return sent if isinstance(sent, str) else self.model.capabilities.effort.default

    @property
    def thinking_type(self) -> str:
        """The thinking in force: `off`, `adaptive` or `enabled`."""
        sent = self.section("thinking").get("type")
        if sent is None:
            return self.model.capabilities.thinking.default_when_omitted
        return "off" if sent in ("disabled", "between_tools") else str(sent)


def parse_json(data: bytes) -> Body:
    """The body as an object. Raises a 400 for anything that is not one."""
    try:
        body = msgspec.json.decode(data)
    except UnicodeDecodeError:
        raise invalid("The request body is not valid JSON: it is not UTF-8") from None
    except RecursionError:
        raise _too_deep() from None
    except msgspec.MsgspecError as error:
        raise invalid(f"The request body is not valid JSON: {error}") from None
    if not isinstance(body, dict):
        raise invalid("The request body must be a JSON object")
    _check_depth(body)
    return body


def check_message(body: Body, version: str, catalogue: Catalogue) -> Request:
    """Everything that POST /v1/messages checks before it counts tokens."""
    request_schema.MESSAGE[version](body, "")
    request = _check_prompt(body, version, catalogue)
    for rule in _CALL_RULES:
        rule(request)
    return request


def check_count(body: Body, version: str, catalogue: Catalogue) -> Request:
    """Everything that POST /v1/messages/count_tokens checks."""
    request_schema.COUNT(body, "")
    return _check_prompt(body, version, catalogue)


def _check_prompt(body: Body, version: str, catalogue: Catalogue) -> Request:
    if not body["messages"]:
        raise invalid("messages: at least one message is required")
    name = str(body["model"])
    model = catalogue.find(name)
    if model is None:
        raise ApiError(404, f"model: {name}")
    blocks = read(body)
    request = Request(body, model, blocks)
    conversation = turns(blocks)
    _check_contents(request, version)
    _check_roles(conversation, request)
    _check_tool_turns(conversation)
    for rule in _PROMPT_RULES:
        rule(request)
    check_marks(blocks, body.get("cache_control"))
    return request


def _check_contents(request: Request, version: str) -> None:
    messages = request.body["messages"]
    assert isinstance(messages, list)
    for i, message in enumerate(messages):
        last_answer = i == len(messages) - 1 and message["role"] == "assistant"
        if not message["content"] and not last_answer:
            raise invalid(
                f"messages.{i}.content: text content blocks must be non-empty: {message['role']} has no content"
            )
    for block in request.blocks:
        if block.kind == "text" and not str(block.content["text"]).strip():
            if not block.content["text"]:
                raise invalid(f"{block.path}: text content blocks must be non-empty")
            raise invalid(f"{block.path}: text content blocks must contain non-whitespace text")
        problem = _misplaced(block, version)
        if problem:
            raise invalid(f"{block.path}: {problem}")


def _misplaced(block: Block, version: str) -> str | None:
    """What is wrong with a block of this kind in a turn of this role."""
    role, kind = block.role, block.kind
    if kind in ("tool_use", "thinking", "redacted_thinking", "server_tool_use") and role != "assistant":
        return f"`{kind}` blocks can only be in `assistant` messages"
    if kind in ("tool_result", "image") and role != "user":
        return f"`{kind}` blocks can only be in `user` messages"
    if version == request_schema.NEW_VERSION:
        if kind == "document" and role == "assistant":
            return "`document` blocks can only be in `user` messages"
        if kind == "text" and role == "user" and block.content.get("citations"):
            return "`citations` on `text` blocks are only allowed in `assistant` messages"
    if role == "system" and block.level == "messages" and kind != "text":
        return "`system` messages can only hold `text` blocks"
    return None


def _check_roles(conversation: Sequence[Turn], request: Request) -> None:
    if not conversation or conversation[0].role != "user":
        raise invalid('messages.0.role: first message must use the "user" role')
    for i, turn in enumerate(conversation):
        if turn.role != "system":
            continue
        path = f"messages.{turn.first_message}.role"
        if not request.model.capabilities.mid_conversation_system:
            raise invalid(f"{path}: role 'system' is not supported on this model; use the top-level `system` field")
        followed_by = conversation[i + 1].role if i + 1 < len(conversation) else "assistant"
        if conversation[i - 1].role != "user" or followed_by != "assistant":
            raise invalid(
                f"{path}: a 'system' message must follow a user turn and be last or precede an assistant turn"
            )
    messages = request.body["messages"]
    assert isinstance(messages, list)
    if messages[-1]["role"] == "assistant":
        _check_prefill(request, conversation[-1], str(messages[-1]["content"] or ""))


def _check_prefill(request: Request, last: Turn, plain: str) -> None:
    where = f"messages.{last.first_message}"
    if not request.model.capabilities.assistant_prefill:
        raise invalid(
            f"{where}: This model does not support assistant message prefill. The conversation must end with a user message."
        )
    ending = str(last.blocks[-1].content.get("text", "")) if last.role == "assistant" else plain
    if ending != ending.rstrip():
        raise invalid(f"{where}: final assistant content cannot end with trailing whitespace")


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
        f"{', '.join(ids)[:200]}. Each `tool_use` block must have a corresponding `tool_result` block in the next message."
    )


def _rule_tools(request: Request) -> None:
    names = [str(b.content.get("name") or b.kind) for b in request.blocks if b.level == "tools"]
    if len(set(names)) < len(names):
        raise invalid("tools: Tool names must be unique.")
    choice = request.section("tool_choice")
    if not choice:
        return
    if not names:
        raise invalid("tool_choice: tool_choice may only be specified while providing tools")
    if choice["type"] == "tool" and choice["name"] not in names:
        raise invalid(f"tool_choice.tool.name: Tool '{str(choice['name'])[:128]}' not found in provided tools")
    if choice["type"] not in FORCED:
        return
    if request.model.capabilities.forced_tool_choice == "never":
        raise invalid(f"tool_choice: type '{choice['type']}' is not supported for this model; use 'auto' or 'none'")
    if request.thinking_type == "enabled":
        raise invalid("tool_choice: Thinking may not be enabled when tool_choice forces tool use.")


def _rule_thinking(request: Request) -> None:
    thinking, effort = request.section("thinking"), request.effort
    kind = thinking.get("type")
    if kind is None:
        return
    if kind not in request.model.capabilities.thinking.accepted:
        raise invalid(f'thinking: "thinking.type.{kind}" is not supported for this model')
    if request.thinking_type == "off" and request.model.id in OFF_ONLY_UP_TO_HIGH and effort in ("xhigh", "max"):
        raise invalid(f"thinking: \"thinking.type.{kind}\" is not supported with effort '{effort}' on this model")
    budget = thinking.get("budget_tokens")
    if isinstance(budget, int) and "max_tokens" in request.body and 0 < request.max_tokens <= budget:
        raise invalid(
            "max_tokens: `max_tokens` must be greater than `thinking.budget_tokens`: "
            f"{request.max_tokens} is not greater than {budget}"
        )


def _rule_effort(request: Request) -> None:
    sent = request.section("output_config").get("effort")
    levels = request.model.capabilities.effort.levels
    if sent is None:
        return
    if not levels:
        raise invalid("output_config.effort: This model does not support the effort parameter.")
    if sent not in levels:
        raise invalid(f"output_config.effort: effort '{sent}' is not supported for this model; use {', '.join(levels)}")


def _rule_speed(request: Request) -> None:
    if request.body.get("speed") == "fast" and not request.model.capabilities.fast_mode:
        raise invalid("speed: 'fast' is not supported for this model")


def _rule_max_tokens(request: Request) -> None:
    limit = request.model.limits.max_output_tokens
    if request.max_tokens > limit:
        raise invalid(
            f"max_tokens: {request.max_tokens} > {limit}, which is the maximum allowed number of output tokens for "
            f"{request.model.id}"
        )


def _rule_prewarm(request: Request) -> None:
    if request.max_tokens > 0:
        return
    refused = {
        "stream": request.body.get("stream") is True,
        "thinking": request.section("thinking").get("type") == "enabled",
        "output_config.format": request.section("output_config").get("format") is not None,
        "tool_choice": request.section("tool_choice").get("type") in FORCED,
    }
    for field, present in refused.items():
        if present:
            raise invalid(f"{field}: not allowed together with `max_tokens: 0`, which only warms the cache")


def _rule_stop_sequences(request: Request) -> None:
    sequences = request.body.get("stop_sequences")
    if isinstance(sequences, list) and any(not str(s).strip() for s in sequences):
        raise invalid("stop_sequences: each stop sequence must contain non-whitespace")


def _rule_sampling(request: Request) -> None:
    allowed = request.model.capabilities.sampling_params.get(request_schema.OLD_VERSION, "any")
    if allowed == "any":
        return
    defaults: dict[str, tuple[object, ...]] = {"temperature": (1,), "top_p": (1,), "top_k": (0,)}
    for name, values in defaults.items():
        sent = request.body.get(name)
        if sent is not None and sent not in values:
            raise invalid(f"{name}: only the default value is supported for this model")


Rule = Callable[[Request], None]
_PROMPT_RULES: tuple[Rule, ...] = (_rule_tools, _rule_thinking, _rule_effort, _rule_speed)
_CALL_RULES: tuple[Rule, ...] = (_rule_max_tokens, _rule_prewarm, _rule_stop_sequences, _rule_sampling)


def _check_depth(body: object) -> None:
    level: list[object] = [body]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for value in level
            if isinstance(value, dict | list)
            for child in (value.values() if isinstance(value, dict) else value)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> ApiError:
    return invalid("The request body is not valid JSON: it is nested too deep")
