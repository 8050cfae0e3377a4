"""The books of a cache against the simulator, which keeps its own: the same tokens, call by call."""

import random
from typing import Any

import pytest

from optlab.catalogue import load
from optlab.simulator.caching.cache import Claim
from optlab.simulator.errors import ApiError
from optlab.simulator.request.validation import check_message
from optlab.simulator.simulation import Settings, Simulator
from optlab.studies.cache.asked import AskedReader
from optlab.studies.cache.books import Books, billed

WORDS = ("order", "parcel", "refund", "invoice", "late", "broken", "blue", "size", "address", "when", "how", "please")
MODELS = ("claude-sonnet-4-6", "claude-sonnet-4-5", "claude-haiku-4-5-20251001", "claude-opus-4-7")


class Clock:
    """Time that a test sets."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here waits")


class Writer:
    """Requests of a few templates, interleaved and changed here and there, as real traffic changes them."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._documents = [self._words(n) for n in (300, 700, 1500, 4000)]
        self._talks: dict[int, list[dict[str, Any]]] = {}

    def _words(self, n: int) -> str:
        return " ".join(self._random.choices(WORDS, k=n))

    def _mark(self) -> dict[str, Any]:
        ttl = self._random.choice(({}, {"ttl": "5m"}, {"ttl": "1h"}))
        return {"cache_control": {"type": "ephemeral", **ttl}}

    def _text(self, text: str, marked: float = 0.0) -> dict[str, Any]:
        return {"type": "text", "text": text, **(self._mark() if self._random.random() < marked else {})}

    def _tools(self) -> list[dict[str, Any]]:
        keys = ["a", "b"] if self._random.random() < 0.9 else ["b", "a"]
        schema = {"type": "object", "properties": {key: {"type": "string"} for key in keys}}
        tools = [{"name": "look_up", "description": self._documents[1], "input_schema": schema}]
        return [tools[0] | (self._mark() if self._random.random() < 0.3 else {})]

    def _turn(self, talk: list[dict[str, Any]], tools: bool) -> None:
        if talk and tools and self._random.random() < 0.3:
            calls = [{"type": "tool_use", "id": f"t{len(talk)}{i}", "name": "look_up", "input": {}} for i in range(12)]
            results = [{"type": "tool_result", "tool_use_id": call["id"], "content": self._words(9)} for call in calls]
            talk += [{"role": "assistant", "content": calls}, {"role": "user", "content": results}]
            return
        if talk:
            talk.append({"role": "assistant", "content": self._words(40)})
        blocks = [self._text(self._words(self._random.choice((8, 60)))) for _ in range(self._random.choice((1, 1, 13)))]
        talk.append({"role": "user", "content": blocks})

    def request(self) -> dict[str, Any]:
        draw = self._random
        which = draw.randrange(4)
        tools = which % 2 == 0
        talk = self._talks.setdefault(which, [])
        if len(talk) > 16 or draw.random() < 0.1:
            talk.clear()
        self._turn(talk, tools)
        body: dict[str, Any] = {"model": draw.choice(MODELS[: 1 + which]), "max_tokens": 1}
        stamp = f"Now {draw.randrange(10**9)}. " if draw.random() < 0.1 else ""
        body["system"] = [self._text(stamp + self._documents[which], 0.7), self._text("Be short.", 0.3)]
        body["messages"] = [dict(message) for message in talk]
        if draw.random() < 0.6:
            last = dict(talk[-1]["content"][-1])
            body["messages"][-1] = {**talk[-1], "content": [*talk[-1]["content"][:-1], {**last, **self._mark()}]}
        elif draw.random() < 0.5:
            body |= self._mark()
        if tools:
            body["tools"] = self._tools()
            if draw.random() < 0.2:
                body["tool_choice"] = {"type": "none"}
        return body


def accepted(body: dict[str, Any]) -> Any:
    """The request as the simulator reads it; None where it refuses it (a longer lifetime after a shorter one)."""
    try:
        return check_message(body, "2026-10-21", load())
    except ApiError:
        return None


def claimed(simulator: Simulator, request: Any, workspace: str) -> Claim:
    """What the simulator reads and writes for a request, without an answer."""
    positions = simulator.prepare(request, workspace).positions
    return simulator.cache.claim(positions, request.model.limits.min_cacheable_tokens)


@pytest.mark.parametrize("seed", range(3))
def test_the_books_are_those_of_the_simulator(seed: int) -> None:
    clock, writer, gaps = Clock(), Writer(seed), random.Random(seed)
    simulator = Simulator(Settings(), clock)
    reader, books = AskedReader(), Books()
    seen = {"read": 0, "1h": 0, "5m": 0, "none": 0}
    for index in range(180):
        clock.time += gaps.choice((2.0, 20.0, 20.0, 20.0, 150.0, 299.0, 300.0, 2000.0))
        body, workspace = writer.request(), gaps.choice(("one", "one", "two"))
        request = accepted(body)
        if request is None:
            continue
        claim = claimed(simulator, request, workspace)
        simulator.cache.store(claim)
        asked = reader.read(body, index, workspace=workspace, at=clock.time)
        hit = books.find(asked)
        booked = billed(asked, hit)
        books.settle(asked, hit)
        assert (booked.read, booked.write_5m, booked.write_1h, booked.plain) == (
            claim.read_tokens,
            claim.write_5m_tokens,
            claim.write_1h_tokens,
            claim.after_tokens,
        ), (index, body["model"])
        for name, there in (("read", booked.read), ("1h", booked.write_1h), ("5m", booked.write_5m)):
            seen[name] += there > 0
        seen["none"] += not (booked.read or booked.write_1h or booked.write_5m)
    assert min(seen.values()) >= 10, "the log shows every case"


def test_what_is_written_together_is_paid_twice() -> None:
    """Two calls at once: neither answer has begun when the other starts."""
    simulator = Simulator(Settings(), Clock())
    body = Writer(1).request() | {"model": "claude-sonnet-4-6", "cache_control": {"type": "ephemeral"}}
    body["system"] = "Rules. " * 2000
    body.pop("tools", None)
    body.pop("tool_choice", None)
    body["messages"] = [{"role": "user", "content": "Hi"}]
    request = accepted(body)
    claims = [claimed(simulator, request, "one") for _ in range(2)]
    reader, books = AskedReader(), Books()
    for index, claim in enumerate(claims):
        asked = reader.read(body, index, workspace="one", at=0.0)
        hit = books.find(asked)
        assert billed(asked, hit).write_5m == claim.write_5m_tokens > 4000
        books.settle(asked, hit)
    assert books.find(reader.read(body, 2, workspace="one", at=5.0)) == 1
