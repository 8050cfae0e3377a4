"""What each lever does to a request, and that it leaves everything else as it was."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from optlab.core.experiment import LeverChoice
from optlab.core.record import CallRecord, Provenance
from optlab.core.request import Block, Request, Tool, Turn
from optlab.levers import BY_NAME, LEVERS, Lever, Rewriting, complete

SYSTEM = (Block("rules", segment="rules"), Block("knowledge", segment="knowledge", cuttable=True))
TOOLS = (Tool({"name": "a"}, segment="look up"), Tool({"name": "b"}, segment="look up"))
MESSAGES = (Turn("user", (Block("Why?", segment="question"), Block("Be kind.", segment="tone", cuttable=True))),)
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
        assert changed(before, made) == {"system": (SYSTEM[0], replace(SYSTEM[1], cache=ttl))}
        assert made.body()["system"] == [
            {"type": "text", "text": "rules"},
            {"type": "text", "text": "knowledge", "cache_control": mark},
        ]
    assert changed(SHAPES[2], tools) == {"tools": (TOOLS[0], replace(TOOLS[1], cache=ttl))}
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
    if not lever.spec.changes_text:
        assert after.texts() == request_.texts()
        untouched = {"model", "max_tokens", "effort", "thinking", "stop_sequences"}
        assert untouched.isdisjoint(changed(request_, after))


async def test_a_lever_never_writes_on_the_request_it_is_given() -> None:
    for shape in SHAPES:
        before = msgspec.json.encode(shape)
        for lever in REWRITING:
            await pull(lever.spec.name, shape)
        assert msgspec.json.encode(shape) == before


@pytest.mark.parametrize(
    "at, where",
    [
        ("rules", ["rules"]),
        ("knowledge+rules", ["rules", "knowledge"]),
        ("system", ["knowledge"]),
        ("tools", ["b"]),
        ("look up", ["b"]),
        ("question", ["Why?"]),
        ("tools+system+question+tone", ["b", "knowledge", "Why?", "Be kind."]),
    ],
)
async def test_chosen_breakpoints_stand_behind_the_parts_that_are_named(at: str, where: list[str]) -> None:
    made = await pull("caching", SHAPES[3], at=at, ttl="1h")
    marked = [part.text if isinstance(part, Block) else part.definition["name"] for part in made.parts if part.cache]
    assert marked == where
    assert made.breakpoints == ("1h",) * len(where)
    assert made.texts() == SHAPES[3].texts()
    salted = (await pull("caching", SHAPES[3].salted("s-1"), at=at, ttl="1h")).breakpoints
    assert salted == made.breakpoints


async def test_the_last_block_is_marked_by_the_api_itself() -> None:
    made = await pull("caching", SHAPES[3], at="last+rules")
    assert made.cache == "5m"
    assert [part.segment for part in made.parts if part.cache] == ["rules"]


async def test_trim_leaves_out_what_may_be_cut_or_what_is_named() -> None:
    assert (await pull("trim", SHAPES[3])).segments == ("look up", "rules", "question")
    named = await pull("trim", SHAPES[3], off="rules + look up")
    assert named.segments == ("knowledge", "question", "tone")
    assert "tools" not in named.body()


@pytest.mark.parametrize(
    "model, level, sent",
    [
        ("claude-sonnet-4-6", "max", "max"),
        ("claude-sonnet-4-6", "xhigh", None),
        ("claude-haiku-4-5", "low", None),
        ("a-model-of-ones-own", "low", "low"),
    ],
)
async def test_effort_reaches_the_body_where_the_model_takes_it(model: str, level: str, sent: str | None) -> None:
    body = (await pull("effort", replace(SHAPES[0], model=model), level=level)).body()
    assert body.get("output_config") == (None if sent is None else {"effort": sent})
