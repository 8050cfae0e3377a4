"""What each lever does to a request, and that it leaves everything else as it was."""

from typing import Any

import msgspec
import pytest

from optlab.core.experiment import LeverChoice
from optlab.core.record import CallRecord, Provenance
from optlab.core.request import Block, Request, Turn
from optlab.levers import BY_NAME, LEVERS, Lever, Rewriting, complete

SYSTEM = (Block("rules"), Block("knowledge"))
TOOLS: tuple[dict[str, Any], ...] = ({"name": "a"}, {"name": "b"})
MESSAGES = (Turn("user", (Block("Why?"),)),)
REWRITING = [lever for lever in LEVERS if isinstance(lever, Rewriting)]
SHAPES = [
    Request("claude-sonnet-4-6", 400, MESSAGES),
    Request("claude-sonnet-4-6", 400, MESSAGES, system=SYSTEM),
    Request("claude-sonnet-4-6", 400, MESSAGES, tools=TOOLS),
    Request("claude-sonnet-4-6", 400, MESSAGES, system=SYSTEM, tools=TOOLS),
]


async def pull(name: str, request: Request, **params: str | int) -> Request:
    """The one request that arrives behind a lever."""
    sent: list[Request] = []

    async def send(arrived: Request) -> CallRecord:
        sent.append(arrived)
        return CallRecord("c", arrived.model, arrived.stream, 0.0, 1.0, Provenance.SIMULATED)

    full = complete(LeverChoice(name, dict(params)))
    answer = await BY_NAME[name].wrap(send, full.params)(request)
    assert answer.id == "c"
    (one,) = sent
    return one


def changed(before: Request, after: Request) -> dict[str, Any]:
    return {
        name: getattr(after, name)
        for name in Request.__struct_fields__
        if getattr(before, name) != getattr(after, name)
    }


@pytest.mark.parametrize("request_", SHAPES)
async def test_simple_levers_change_one_thing(request_: Request) -> None:
    assert changed(request_, await pull("streaming", request_)) == {"stream": True}
    assert changed(request_, await pull("max_tokens", request_, cap=120)) == {"max_tokens": 120}
    assert await pull("max_tokens", request_, cap=401) == request_  # a smaller limit never raises one
    smaller = await pull("smaller_model", request_)
    assert changed(request_, smaller) == {"model": "claude-haiku-4-5-20251001"}
    assert changed(request_, await pull("smaller_model", request_, model="own")) == {"model": "own"}


@pytest.mark.parametrize("ttl, mark", [("5m", {"type": "ephemeral"}), ("1h", {"type": "ephemeral", "ttl": "1h"})])
async def test_caching_marks_the_end_of_the_stable_prefix(ttl: str, mark: dict[str, str]) -> None:
    bare, system, tools, both = [await pull("caching", shape, ttl=ttl) for shape in SHAPES]
    for made, before in ((system, SHAPES[1]), (both, SHAPES[3])):
        assert changed(before, made) == {"system": (Block("rules"), Block("knowledge", ttl))}  # type: ignore[arg-type]
        assert made.body()["system"] == [
            {"type": "text", "text": "rules"},
            {"type": "text", "text": "knowledge", "cache_control": mark},
        ]
    assert changed(SHAPES[2], tools) == {"tools_cache": ttl}
    assert tools.body()["tools"] == [{"name": "a"}, {"name": "b", "cache_control": mark}]
    assert changed(SHAPES[0], bare) == {"cache": ttl}
    assert bare.body()["cache_control"] == mark
    for made in (bare, system, tools, both):
        assert made.breakpoints == (ttl,)


@pytest.mark.parametrize("lever", REWRITING, ids=lambda lever: lever.spec.name)
@pytest.mark.parametrize("request_", SHAPES)
async def test_pulling_a_lever_twice_is_pulling_it_once(lever: Lever, request_: Request) -> None:
    once = await pull(lever.spec.name, request_)
    assert once != request_
    assert await pull(lever.spec.name, once) == once


@pytest.mark.parametrize("lever", REWRITING, ids=lambda lever: lever.spec.name)
@pytest.mark.parametrize("request_", SHAPES)
async def test_a_lever_that_cannot_change_the_text_leaves_it_alone(lever: Lever, request_: Request) -> None:
    after = await pull(lever.spec.name, request_)
    assert after.texts() == request_.texts()
    if not lever.spec.changes_text:
        untouched = {"model", "max_tokens", "effort", "thinking", "stop_sequences"}
        assert untouched.isdisjoint(changed(request_, after))


async def test_a_lever_never_writes_on_the_request_it_is_given() -> None:
    for shape in SHAPES:
        before = msgspec.json.encode(shape)
        for lever in REWRITING:
            await pull(lever.spec.name, shape)
        assert msgspec.json.encode(shape) == before
