"""How long a cached prefix lives, from how many tokens on, who may read it and when, and how much is kept."""

import asyncio
from typing import Any

import pytest
from asgi_client import Client
from exact_prompts import M1, M5, S46, billed, block, call, micro_dollars, user

from optlab.catalogue import load
from optlab.simulator.caching.cache import Position, PromptCache
from optlab.simulator.errors import ApiError
from optlab.simulator.simulation import Settings, Simulator

IMAGE: dict[str, Any] = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}}
SYSTEM = [block(2_000, mark=M5)]
QUESTION = user(block(50, "cup"))


def refused(simulator: Simulator, **fields: Any) -> str:
    with pytest.raises(ApiError) as caught:
        call(simulator, **fields)
    assert caught.value.status == 400
    return caught.value.message


@pytest.mark.parametrize("model", load().models, ids=lambda m: m.id)
def test_a_prefix_one_token_below_the_minimum_is_not_cached(model: Any) -> None:
    minimum = model.limits.min_cacheable_tokens
    cache = PromptCache(lambda: 0.0)
    below = [Position(b"a", minimum - 1, 1, "5m")]
    for _ in range(2):
        claim = cache.claim(below, minimum)
        cache.store(claim)
        assert (claim.read_tokens, claim.write_5m_tokens, claim.after_tokens) == (0, 0, minimum - 1)
    assert cache.claim([Position(b"b", minimum, 1, "5m")], minimum).write_5m_tokens == minimum


@pytest.mark.parametrize(("waited", "read"), [(3_599, 2_000), (3_601, 0)])
def test_an_hour_is_an_hour(simulator: Simulator, clock: Any, waited: int, read: int) -> None:
    ask = {"system": [block(2_000, mark=M1)], "messages": QUESTION}
    assert billed(call(simulator, **ask)) == (0, 0, 2_000, 50)
    clock.time += waited
    assert billed(call(simulator, **ask))[0] == read


def test_longer_lifetimes_first(simulator: Simulator) -> None:
    message = refused(simulator, system=SYSTEM, messages=user(block(50, mark=M1)))
    assert message.startswith("messages.0.content.0.cache_control.ttl: ")


def test_a_clock_speed_makes_five_minutes_pass_in_a_second(clock: Any) -> None:
    simulator = Simulator(Settings(clock_speed=300), clock)
    ask = {"system": SYSTEM, "messages": QUESTION}
    call(simulator, **ask)
    clock.time += 0.99
    assert billed(call(simulator, **ask))[0] == 2_000
    clock.time += 1.01
    assert billed(call(simulator, **ask))[0] == 0


def test_when_a_cache_pays(simulator: Simulator) -> None:
    def spent(key: str, calls: int, mark: dict[str, str] | None) -> float:
        asked = [call(simulator, key, system=[block(2_000, mark=mark)], messages=QUESTION) for _ in range(calls)]
        return sum(map(micro_dollars, asked))

    assert spent("5m, 2", 2, M5) < spent("none", 2, None)
    assert spent("1h, 2", 2, M1) > spent("none", 2, None)
    assert spent("1h, 3", 3, M1) < spent("none", 3, None)


class HeldClock:
    """A clock on which everybody who sleeps waits until the test lets them go."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.waiting = 0

    def now(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        self.waiting += 1
        await self.let_go.wait()


async def test_an_entry_is_readable_once_the_first_response_has_begun() -> None:
    clock = HeldClock()
    client = Client(Simulator(Settings(), clock))
    body = {"model": S46, "max_tokens": 5, "system": SYSTEM, "messages": QUESTION}
    asked = [asyncio.ensure_future(client.ask(body)) for _ in range(2)]
    while clock.waiting < 2:
        await asyncio.sleep(0)
    # The clock stands still from here on, and nobody has to wait for it any more.
    clock.let_go.set()
    writes = [(await a).json["usage"]["cache_creation_input_tokens"] for a in asked]
    assert writes == [2_000, 2_000]
    assert (await client.ask(body)).json["usage"]["cache_read_input_tokens"] == 2_000


def test_keys_and_models_are_isolated(simulator: Simulator) -> None:
    ask = {"system": SYSTEM, "messages": QUESTION}
    call(simulator, "a", **ask)
    assert billed(call(simulator, "b", **ask))[0] == 0
    assert billed(call(simulator, "a", model="claude-opus-4-8", **{**ask, "system": [block(2_000, mark=M5)]}))[0] == 0
    assert billed(call(simulator, "a", **ask))[0] == 2_000


def test_a_miss_on_request_reads_nothing_and_leaves_the_entry() -> None:
    cache = PromptCache(lambda: 0.0)
    positions = [Position(b"a", 2_000, 1, "5m")]
    cache.store(cache.claim(positions, 1_024))
    missed = cache.claim(positions, 1_024, miss=True)
    assert (missed.read_tokens, missed.write_5m_tokens) == (0, 2_000)
    assert cache.claim(positions, 1_024).read_tokens == 2_000


def test_memory_is_bounded_and_the_least_used_goes_first() -> None:
    cache = PromptCache(lambda: 0.0, max_entries=10)

    def ask(name: int) -> int:
        claim = cache.claim([Position(b"%d" % name, 2_000, 1, "5m")], 1_024)
        cache.store(claim)
        return claim.read_tokens

    for name in range(10):
        ask(name)
    assert ask(0) == 2_000
    ask(10)
    assert len(cache) == 10
    assert (ask(0), ask(1)) == (2_000, 0)


def test_expired_entries_go_before_live_ones() -> None:
    now = [0.0]
    cache = PromptCache(lambda: now[0], max_entries=2)

    def ask(name: bytes, ttl: Any) -> int:
        claim = cache.claim([Position(name, 2_000, 1, ttl)], 1_024)
        cache.store(claim)
        return claim.read_tokens

    ask(b"long", "1h")
    ask(b"short", "5m")
    now[0] = 400.0
    ask(b"new", "5m")
    assert ask(b"long", "1h") == 2_000


def test_of_two_simultaneous_writes_the_longer_lifetime_stays(simulator: Simulator, clock: Any) -> None:
    claims = [
        call(simulator, begin=False, system=[block(2_000, mark=mark)], messages=QUESTION).claim for mark in (M5, M1)
    ]
    for claim in claims:
        simulator.cache.store(claim)
    for _ in range(2):
        clock.time += 3_599
        assert billed(call(simulator, system=SYSTEM, messages=QUESTION))[0] == 2_000
