"""What besides its blocks a cached prefix depends on, and from which level on a change of it loses the cache.

Source: the table "what invalidates the cache" of Anthropic's prompt-caching page. Defaults are resolved, so that
spelling one out changes nothing. What is not here does not matter: `max_tokens`, `stream`, `stop_sequences`,
`metadata`, and `display` (assumed).
"""

from optlab.simulator.request.conversation import Level
from optlab.simulator.request.validation import Request


def toggles(request: Request) -> dict[Level, object]:
    """The settings by the level from which on they invalidate; tools and model are in the chain itself.

    Speed and the web-search and citations toggles: system and messages. tool_choice, output format and the presence
    of images: messages. Thinking and effort: messages, or everything where the model's catalogue entry says so.
    """
    choice = request.section("tool_choice") or {"type": "auto"}
    levels: dict[Level, list[object]] = {
        "tools": [],
        "system": [
            request.body.get("speed") or "standard",
            any(b.level == "tools" and b.kind.startswith("web_search") for b in request.blocks),
            any(_cites(part.content.get("citations")) for b in request.blocks for part in b.parts),
        ],
        "messages": [
            choice["type"],
            choice.get("name"),
            bool(choice.get("disable_parallel_tool_use")),
            request.section("output_config").get("format"),
            any(part.content.get("type") == "image" for b in request.blocks for part in b.parts),
        ],
    }
    levels[request.model.caching.thinking_and_effort_invalidate] += [
        request.thinking_type,
        request.section("thinking").get("budget_tokens"),
        request.effort,
    ]
    return dict(levels)


def _cites(setting: object) -> bool:
    return isinstance(setting, dict) and setting.get("enabled") is True
