"""The real client against the running simulator: plain, streamed, counted, cached, thinking, refused."""

import asyncio
from typing import Any

import anthropic
import pytest

QUESTION: list[Any] = [{"role": "user", "content": "How do I cancel an order?"}]


def test_message_and_stream_helper(running: Any) -> None:
    client = running.client()
    message = client.messages.create(model="claude-haiku-4-5", max_tokens=400, messages=QUESTION)
    assert message.content[0].type == "text"
    assert message.stop_reason == "end_turn"
    with client.messages.stream(model="claude-haiku-4-5", max_tokens=400, messages=QUESTION) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert final.content[0].text == text
    assert final.usage.input_tokens == message.usage.input_tokens
    assert final.usage.output_tokens_details.thinking_tokens == 0


def test_course_prompt_is_cached_by_sonnet_and_silently_not_by_haiku(running: Any, course_prompt: str) -> None:
    client = running.client("course")
    system: Any = [{"type": "text", "text": course_prompt, "cache_control": {"type": "ephemeral"}}]

    def usage(model: str) -> Any:
        return client.messages.create(model=model, max_tokens=20, system=system, messages=QUESTION).usage

    cold, warm = usage("claude-sonnet-4-6"), usage("claude-sonnet-4-6")
    assert cold.cache_creation_input_tokens == cold.cache_creation.ephemeral_5m_input_tokens == 2_851
    assert (warm.cache_read_input_tokens, warm.cache_creation_input_tokens) == (2_851, 0)
    for _ in range(2):
        haiku = usage("claude-haiku-4-5")
        assert (haiku.cache_read_input_tokens, haiku.cache_creation_input_tokens) == (0, 0)
    counted = client.messages.count_tokens(model="claude-sonnet-4-6", system=system, messages=QUESTION)
    assert counted.input_tokens == warm.input_tokens + 2_851


def test_thinking_models_start_with_a_thinking_block(running: Any) -> None:
    client = running.client()

    def ask(effort: str, limit: int = 2_000, display: str | None = None) -> Any:
        thinking = {"type": "adaptive"} | ({"display": display} if display else {})
        return client.messages.create(
            model="claude-sonnet-5",
            max_tokens=limit,
            messages=[{"role": "user", "content": "Explain tides in 4 bullets."}],
            thinking=thinking,
            output_config={"effort": effort},
        )

    amounts = {}
    for effort in ("low", "high", "max"):
        message = ask(effort)
        assert [b.type for b in message.content] == ["thinking", "text"]
        assert message.content[0].thinking == ""
        assert message.content[0].signature
        amounts[effort] = message.usage.output_tokens_details.thinking_tokens
    assert amounts["low"] < amounts["high"] < amounts["max"]
    assert ask("high", display="summarized").content[0].thinking
    judge = ask("high", limit=10)
    assert [b.type for b in judge.content] == ["thinking"]
    assert (judge.stop_reason, judge.usage.output_tokens) == ("max_tokens", 10)


def test_thinking_comes_back_as_input(running: Any) -> None:
    client = running.client()
    first = client.messages.create(model="claude-sonnet-5", max_tokens=2_000, messages=QUESTION)
    again: Any = [{"role": "user", "content": "Thanks, and a refund?"}]
    kept = [*QUESTION, {"role": "assistant", "content": [b.to_dict() for b in first.content]}, *again]
    spoken = [*QUESTION, {"role": "assistant", "content": [first.content[1].to_dict()]}, *again]
    counts = [client.messages.count_tokens(model="claude-sonnet-5", messages=m).input_tokens for m in (kept, spoken)]
    assert counts[0] - counts[1] == first.usage.output_tokens_details.thinking_tokens


def test_forced_tool_structured_output_and_stop_sequence(running: Any) -> None:
    client = running.client()
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}, "s": {"type": "string"}},
        "required": ["n", "s"],
    }
    called = client.messages.create(
        model="claude-haiku-4-5",
        max_tokens=200,
        messages=QUESTION,
        tools=[{"name": "look", "input_schema": schema}],
        tool_choice={"type": "tool", "name": "look"},
    )
    assert called.stop_reason == "tool_use"
    assert {type(called.content[0].input["n"]), type(called.content[0].input["s"])} == {int, str}
    shaped = client.messages.create(
        model="claude-haiku-4-5",
        max_tokens=200,
        messages=QUESTION,
        output_config={"format": {"type": "json_schema", "schema": schema}},
    )
    assert shaped.content[0].text.startswith("{")
    stopped = client.messages.create(model="claude-haiku-4-5", max_tokens=200, messages=QUESTION, stop_sequences=["."])
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", ".")
    assert "." not in stopped.content[0].text


def test_errors_become_the_clients_exceptions(running: Any) -> None:
    client = running.client()
    with pytest.raises(anthropic.NotFoundError, match="model: claude-9"):
        client.messages.create(model="claude-9", max_tokens=5, messages=QUESTION)
    with pytest.raises(anthropic.BadRequestError, match="temperature"):
        client.messages.create(
            model="claude-haiku-4-5", max_tokens=5, messages=QUESTION, extra_body={"temperature": 1.0}
        )
    with pytest.raises(anthropic.ContentTooLargeError):
        client.messages.create(
            model="claude-haiku-4-5", max_tokens=5, messages=[{"role": "user", "content": "x" * (33 * 1024 * 1024)}]
        )
    with pytest.raises(anthropic.BadRequestError, match=r"prompt is too long: \d+ tokens > 200000 maximum"):
        client.messages.create(
            model="claude-haiku-4-5", max_tokens=5, messages=[{"role": "user", "content": "tea " * 230_000}]
        )


def test_models(running: Any) -> None:
    client = running.client()
    listed = list(client.models.list(limit=5))
    assert len({m.id for m in listed}) == len(listed) > 15
    assert client.models.retrieve("claude-haiku-4-5").capabilities.thinking.types.enabled.supported


async def test_fifty_streams_at_once(running: Any) -> None:
    async with anthropic.AsyncAnthropic(api_key="k", base_url=running.url, max_retries=0) as client:

        async def one(i: int) -> str | None:
            stream = await client.messages.create(
                model="claude-haiku-4-5",
                max_tokens=80,
                messages=[{"role": "user", "content": f"Explain tea, part {i}."}],
                stream=True,
            )
            names = [event.type async for event in stream]
            return names[-1]

        assert await asyncio.gather(*(one(i) for i in range(50))) == ["message_stop"] * 50


def test_the_tool_runner_goes_on_without_a_thread(running: Any) -> None:
    asked: list[str] = []

    @anthropic.beta_tool
    def get_weather(city: str) -> str:
        """The weather in a city.

        Args:
            city: Name of the city.
        """
        asked.append(city)
        return "18 degrees, light rain"

    runner = running.client().beta.messages.tool_runner(
        model="claude-sonnet-4-6",
        max_tokens=500,
        tools=[get_weather],
        messages=[{"role": "user", "content": "What is the weather in Paris?"}],
    )
    last = runner.until_done()
    assert asked == ["Paris"]
    assert last.stop_reason == "end_turn"
    assert "18 degrees" in last.content[0].text
