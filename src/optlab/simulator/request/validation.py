"""What a request must keep, from its bytes to the rules of its model; shape, turns and marks have files of their own.

The order is the API's: shape, model, rules of the model. Wording follows public error reports and always names the
field; clients must match on status and type.
"""

from collections.abc import Callable

import msgspec

from optlab.catalogue import Catalogue, Model
from optlab.simulator.errors import ApiError, invalid
from optlab.simulator.request import shape
from optlab.simulator.request.conversation import Block, Body, read
from optlab.simulator.request.marks import check_marks
from optlab.simulator.request.turn_rules import check_conversation

MAX_DEPTH = 120

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
    if "thread" in body:
        # The SDK's tool runner tries a thread first; told so in the API's way, it goes on without one.
        sentence = "thread: threads are not supported here; send the full conversation without `thread`"
        raise ApiError(400, sentence, details={"error_code": "thread_unsupported_request"})
    shape.MESSAGE[version](body, "")
    request = _check_prompt(body, version, catalogue)
    for rule in _CALL_RULES:
        rule(request)
    return request


def check_count(body: Body, version: str, catalogue: Catalogue) -> Request:
    """Everything that POST /v1/messages/count_tokens checks."""
    shape.COUNT(body, "")
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
    check_conversation(body, model, blocks, version)
    for rule in _PROMPT_RULES:
        rule(request)
    check_marks(blocks, body.get("cache_control"))
    return request


def _rule_tools(request: Request) -> None:
    tools = [b for b in request.blocks if b.level == "tools"]
    names = [str(b.content.get("name") or b.kind) for b in tools]
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
    callable_names = {n for n, b in zip(names, tools, strict=True) if not shape.runs_on_server(b.kind)}
    if not callable_names or (choice["type"] == "tool" and choice["name"] not in callable_names):
        raise invalid(f"tool_choice: type '{choice['type']}' cannot force a tool that runs on the server")


def _rule_thinking(request: Request) -> None:
    thinking, effort = request.section("thinking"), request.effort
    kind = thinking.get("type")
    if kind is None:
        return
    if kind not in request.model.capabilities.thinking.accepted:
        raise invalid(f'thinking: "thinking.type.{kind}" is not supported for this model')
    if request.thinking_type == "off" and _above(effort, request.model):
        raise invalid(f"thinking: \"thinking.type.{kind}\" is not supported with effort '{effort}' on this model")
    budget = thinking.get("budget_tokens")
    if isinstance(budget, int) and "max_tokens" in request.body and 0 < request.max_tokens <= budget:
        raise invalid(
            "max_tokens: `max_tokens` must be greater than `thinking.budget_tokens`: "
            f"{request.max_tokens} is not greater than {budget}"
        )


def _above(effort: str | None, model: Model) -> bool:
    """Whether an effort is too high for thinking to be off."""
    bound, levels = model.capabilities.thinking.off_up_to_effort, model.capabilities.effort.levels
    return bound is not None and effort in levels and levels.index(effort) > levels.index(bound)


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
    allowed = request.model.capabilities.sampling_params.get(shape.OLD_VERSION, "any")
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


def _check_depth(body: dict[str, object]) -> None:
    open_levels = [iter(body.values())]
    while open_levels:
        for child in open_levels[-1]:
            if isinstance(child, dict | list):
                if len(open_levels) >= MAX_DEPTH:
                    raise _too_deep()
                open_levels.append(iter(child.values() if isinstance(child, dict) else child))
                break
        else:
            open_levels.pop()


def _too_deep() -> ApiError:
    return invalid("The request body is not valid JSON: it is nested too deep")
