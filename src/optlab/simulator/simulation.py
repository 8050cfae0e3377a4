"""The simulator without HTTP: one workspace-aware state, and what becomes of one request that has passed validation.

Every draw comes from (seed, what the model sees of a request, how often it has been seen), so that repeats of a prompt
vary as a model's answers do, a rerun gives the same texts and times, and other requests change nothing. On top of its
draws the output rate drifts slowly with the time since the start, which a rerun meets a little earlier or later.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Sequence

import msgspec

from optlab.catalogue import Catalogue, load
from optlab.simulator import latency
from optlab.simulator.caching.cache import Claim, Position, PromptCache, chain
from optlab.simulator.caching.diagnostics import Fingerprint, PromptRecords, fingerprint
from optlab.simulator.caching.invalidation import toggles
from optlab.simulator.caching.rendering import digests, mix, render
from optlab.simulator.errors import invalid
from optlab.simulator.latency import Clock, Timing
from optlab.simulator.ratelimit import Cost, Limits, RateLimits, Receipt
from optlab.simulator.reply.blocks import Reply
from optlab.simulator.reply.composing import Draws, compose
from optlab.simulator.request.conversation import Block
from optlab.simulator.request.marks import with_top_level
from optlab.simulator.request.tokens import TokenCounter, without_dropped_thinking
from optlab.simulator.request.validation import Request
from optlab.simulator.service_clock import ServiceClock

_REMEMBERED_BODIES = 200_000
_IN_BLOCKS = frozenset({"model", "tools", "system", "messages"})
_LEAVES_THE_ANSWER_ALONE = frozenset(
    {"cache_control", "diagnostics", "max_tokens", "metadata", "service_tier", "stop_sequences", "stream"}
)
"""What the model does not see: a limit or a stop sequence cuts the same answer, a cache mark changes nothing of it."""


class WallClock:
    """The monotonic clock of the process."""

    def now(self) -> float:
        """Seconds since an arbitrary start."""
        return time.perf_counter()

    async def sleep(self, seconds: float) -> None:
        """Lets others run for so many seconds."""
        await asyncio.sleep(seconds)


class Settings(msgspec.Struct, frozen=True):
    """What the command line decides: seed of all draws, time scale, factor of the service's clock, rate limits, and the
    share of replies that stall once."""

    seed: int = 0
    speed: float = 1.0
    clock_speed: float = 1.0
    limits: Limits = Limits()
    stalls: float = 0.0


class Prepared(msgspec.Struct, frozen=True):
    """A request counted and hashed: nothing shared has been touched."""

    request: Request
    positions: tuple[Position, ...]
    prompt_tokens: int
    frame_tokens: int
    digest: bytes
    fingerprint: Fingerprint


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
    fingerprint: Fingerprint

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
        self.service = ServiceClock(self.clock, settings.clock_speed)
        self.limits = RateLimits(settings.limits, self.service)
        self.cache = PromptCache(self.service.now)
        self._counter = TokenCounter()
        self._records = PromptRecords()
        self._seen: OrderedDict[bytes, int] = OrderedDict()

    def count(self, request: Request) -> int:
        """Prompt tokens of a request, the frame included."""
        blocks = without_dropped_thinking(request.blocks, request.model)
        return sum(map(sum, self._part_tokens(blocks, request))) + self._frame_tokens(request)

    def prepare(self, request: Request, key: str) -> Prepared:
        """The slow part that touches no shared state but the token counter: counting and hashing.

        Raises a 400 for too long a prompt.
        """
        blocks = with_top_level(
            without_dropped_thinking(request.blocks, request.model), request.body.get("cache_control")
        )
        tokens = self._part_tokens(blocks, request)
        frame, window = self._frame_tokens(request), request.model.limits.context_window
        total = sum(map(sum, tokens)) + frame
        if total > window:
            raise invalid(f"prompt is too long: {total} tokens > {window} maximum")
        workspace = hashlib.sha256(key.encode()).hexdigest()
        hashes, settings = digests(blocks), toggles(request)
        positions = chain(blocks, tokens, hashes, (workspace, request.model.id), settings)
        asked = {k: v for k, v in request.body.items() if k not in _IN_BLOCKS | _LEAVES_THE_ANSWER_ALONE}
        digest = mix(request.model.id.encode(), render(asked))
        for block, parts in zip(blocks, hashes, strict=True):
            digest = mix(digest, block.level.encode() + b"".join(parts))
        prompt = fingerprint(request, workspace, blocks, hashes, settings)
        return Prepared(request, tuple(positions), total, frame, digest, prompt)

    def admit(self, prepared: Prepared, key: str, *, miss: bool = False) -> Receipt:
        """Charges a request to its pool of the key: fast mode has one of its own. Raises a 429 and touches nothing."""
        model = prepared.request.model
        minimum = model.limits.min_cacheable_tokens
        read = 0 if miss else self.cache.readable_tokens(prepared.positions, minimum)
        cost = Cost(1, prepared.prompt_tokens - read, prepared.request.max_tokens)
        pool = f"{model.id} (fast mode)" if prepared.request.body.get("speed") == "fast" else model.id
        return self.limits.admit(key, pool, cost)

    def settle(self, receipt: Receipt, call: Call) -> None:
        """Corrects what was charged for `max_tokens` at the moment at which the answer is complete."""
        ends_at = call.started_at + call.timing.at(call.reply.output_tokens) / self.settings.speed
        self.limits.correct(receipt, call.reply.output_tokens, self.service.at(ends_at))

    def begin(self, prepared: Prepared, started_at: float, *, miss: bool = False) -> Begun:
        """Looks the cache up and fixes the draws and the times. With `miss` the cache finds nothing."""
        model = prepared.request.model
        draws = self._draws(prepared.digest)
        claim = self.cache.claim(prepared.positions, model.limits.min_cacheable_tokens, miss=miss)
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
            prepared.fingerprint,
        )

    def accept(self, request: Request, key: str) -> Call:
        """One call from start to reply, at once."""
        started_at = self.clock.now()
        return self.finish(self.begin(self.prepare(request, key), started_at))

    def diagnose(self, call: Call, message_id: str) -> dict[str, object] | None:
        """The `diagnostics` of the response with this id, whose prompt is remembered for later comparisons."""
        previous = call.request.section("diagnostics").get("previous_message_id")
        found = self._records.compare(str(previous), call.fingerprint, call.claim.read_tokens) if previous else None
        self._records.remember(message_id, call.fingerprint, call.claim)
        return found

    def pace(self, call: Call) -> latency.Pace:
        """The schedule of a call, counted from its start."""
        return latency.Pace(self.clock, self.settings.speed, call.started_at)

    def _part_tokens(self, blocks: Sequence[Block], request: Request) -> list[tuple[int, ...]]:
        return [self._counter.parts(b, request.model.tokenizer.family) for b in blocks]

    def _frame_tokens(self, request: Request) -> int:
        """What every request adds; the schema of an output format counts here, outside the cache (assumed)."""
        wanted = request.section("output_config").get("format")
        schema = msgspec.json.encode(wanted["schema"]).decode() if isinstance(wanted, dict) else ""
        tokenizer = request.model.tokenizer
        return tokenizer.message_frame_tokens + self._counter.text(schema, tokenizer.family)

    def _draws(self, digest: bytes) -> Draws:
        nth = self._seen.pop(digest, 0)
        self._seen[digest] = nth + 1
        if len(self._seen) > _REMEMBERED_BODIES:
            self._seen.popitem(last=False)
        return Draws(hashlib.sha256(b"%d %d " % (self.settings.seed, nth) + digest).digest())
