"""The simulator without HTTP: one workspace-aware state, and what becomes of one request that has passed validation.

Every draw comes from (seed, body without `stream`, how often this body has been seen), so that repeats of a prompt vary
as a model's answers do, a rerun gives the same texts and times, and other requests change nothing.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from optlab.catalogue import Catalogue, load
from optlab.simulator import latency
from optlab.simulator.caching import Claim, Position, PromptCache, chain
from optlab.simulator.composing import Draws, compose
from optlab.simulator.conversation import Level
from optlab.simulator.errors import invalid
from optlab.simulator.latency import Clock, Timing
from optlab.simulator.marks import with_top_level
from optlab.simulator.reply import Reply
from optlab.simulator.tokens import TokenCounter, without_dropped_thinking
from optlab.simulator.validation import Request

_REMEMBERED_BODIES = 200_000


class WallClock:
    """The monotonic clock of the process."""

    def now(self) -> float:
        """Seconds since an arbitrary start."""
        return time.perf_counter()

    async def sleep(self, seconds: float) -> None:
        """Lets others run for so many seconds."""
        await asyncio.sleep(seconds)


class Settings(msgspec.Struct, frozen=True):
    """What the command line decides: seed of all draws, time scale, how much faster the cache's clock runs, and the
    share of requests that stall once."""

    seed: int = 0
    speed: float = 1.0
    clock_speed: float = 1.0
    stalls: float = 0.0


class Prepared(msgspec.Struct, frozen=True):
    """A request counted and hashed: nothing shared has been touched."""

    request: Request
    positions: tuple[Position, ...]
    prompt_tokens: int
    frame_tokens: int
    digest: bytes


class Begun(msgspec.Struct, frozen=True):
    """A request that has taken its place among the others: cache looked up, draws and times fixed."""

    prepared: Prepared
    claim: Claim
    draws: Draws
    timing: Timing
    started_at: float


class Call(msgspec.Struct, frozen=True):
    """One accepted request: what it reads and writes in the cache, its reply and its timing."""

    request: Request
    claim: Claim
    frame_tokens: int
    prompt_tokens: int
    reply: Reply
    timing: Timing
    started_at: float

    @property
    def speed(self) -> str:
        """`standard` or `fast`."""
        return str(self.request.body.get("speed") or "standard")

    @property
    def geo(self) -> str:
        """Where inference is said to have happened."""
        return str(self.request.body.get("inference_geo") or "global")


class Simulator:
    """Cache, counters and clocks shared by all requests of one process."""

    def __init__(self, settings: Settings, clock: Clock | None = None, catalogue: Catalogue | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or WallClock()
        self.catalogue = catalogue or load()
        self._origin = self.clock.now()
        self.cache = PromptCache(self._cache_clock())
        self._counter = TokenCounter()
        self._seen: OrderedDict[bytes, int] = OrderedDict()

    def count(self, request: Request) -> int:
        """Prompt tokens of a request, the frame included."""
        return sum(self._block_tokens(request)) + request.model.tokenizer.message_frame_tokens

    def prepare(self, request: Request, key: str) -> Prepared:
        """The slow part that touches no shared state but the token counter: counting and hashing.

        Raises a 400 for too long a prompt.
        """
        blocks = with_top_level(
            without_dropped_thinking(request.blocks, request.model), request.body.get("cache_control")
        )
        tokens = [self._counter.block(b, request.model.tokenizer.family) for b in blocks]
        frame, window = request.model.tokenizer.message_frame_tokens, request.model.limits.context_window
        if sum(tokens) + frame > window:
            raise invalid(f"prompt is too long: {sum(tokens) + frame} tokens > {window} maximum")
        workspace = hashlib.sha256(key.encode()).hexdigest()
        positions = chain(blocks, tokens, (workspace, request.model.id), toggles(request))
        asked = {k: v for k, v in request.body.items() if k != "stream"}
        digest = hashlib.blake2b(msgspec.json.encode(asked, order="deterministic"), digest_size=16).digest()
        return Prepared(request, tuple(positions), sum(tokens) + frame, frame, digest)

    def begin(self, prepared: Prepared, started_at: float, *, miss: bool = False) -> Begun:
        """Looks the cache up and fixes the draws and the times. With `miss` the cache finds nothing."""
        model = prepared.request.model
        draws = self._draws(prepared.digest)
        cache = PromptCache(self._cache_clock()) if miss else self.cache
        claim = cache.claim(prepared.positions, model.limits.min_cacheable_tokens)
        timing = latency.draw(
            model.latency.profile,
            uncached_tokens=prepared.prompt_tokens - claim.read_tokens,
            cached_tokens=claim.read_tokens,
            rng=draws.stream("time"),
            drift=latency.drift_at((started_at - self._origin) * self.settings.speed, self.settings.seed),
            fast=prepared.request.body.get("speed") == "fast",
        )
        return Begun(prepared, claim, draws, timing, started_at)

    def finish(self, begun: Begun) -> Call:
        """Writes the reply; touches no shared state."""
        prepared = begun.prepared
        reply = compose(prepared.request, prepared.prompt_tokens, begun.draws)
        return Call(
            prepared.request,
            begun.claim,
            prepared.frame_tokens,
            prepared.prompt_tokens,
            reply,
            latency.stalled(begun.timing, reply.output_tokens, self.settings.stalls, begun.draws.stream("stall")),
            begun.started_at,
        )

    def accept(self, request: Request, key: str) -> Call:
        """One call from start to reply, at once."""
        started_at = self.clock.now()
        return self.finish(self.begin(self.prepare(request, key), started_at))

    def pace(self, call: Call) -> latency.Pace:
        """The schedule of a call, counted from its start."""
        return latency.Pace(self.clock, self.settings.speed, call.started_at)

    def _block_tokens(self, request: Request) -> list[int]:
        blocks = without_dropped_thinking(request.blocks, request.model)
        return [self._counter.block(b, request.model.tokenizer.family) for b in blocks]

    def _draws(self, digest: bytes) -> Draws:
        nth = self._seen.pop(digest, 0)
        self._seen[digest] = nth + 1
        if len(self._seen) > _REMEMBERED_BODIES:
            self._seen.popitem(last=False)
        return Draws(hashlib.sha256(b"%d %d " % (self.settings.seed, nth) + digest).digest())

    def _cache_clock(self) -> Callable[[], float]:
        factor = self.settings.clock_speed
        return lambda: (self.clock.now() - self._origin) * factor


def toggles(request: Request) -> dict[Level, object]:
    """What besides the blocks a cached prefix depends on, by the level from which on it invalidates.

    Speed and the web-search and citations toggles: system and messages. tool_choice, thinking, effort, output format
    and the presence of images: messages. Defaults are resolved, so spelling one out changes nothing.
    """
    body = request.body
    kinds = {b.kind for b in request.blocks}
    choice = request.section("tool_choice") or {"type": "auto"}
    thinking = request.thinking_type
    budget = request.section("thinking").get("budget_tokens")
    output_format = request.section("output_config").get("format")
    return {
        "system": [
            body.get("speed") or "standard",
            any(k.startswith("web_search") for k in kinds),
            any(isinstance(c := b.content.get("citations"), dict) and c.get("enabled") is True for b in request.blocks),
        ],
        "messages": [
            choice["type"],
            choice.get("name"),
            bool(choice.get("disable_parallel_tool_use")),
            thinking,
            budget,
            request.effort,
            output_format,
            "image" in kinds,
        ],
    }
