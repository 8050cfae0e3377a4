"""Laws of the prompt cache over random sequences of requests, and a comparison with a second, slow cache.

The second cache knows nothing of hashes, steps or claims: it keeps whole prefixes in a list and reads the rules anew.
"""

from typing import Any, NamedTuple

from exact_prompts import VERSION
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.catalogue import estimate_tokens
from optlab.simulator.request.validation import check_message
from optlab.simulator.simulation import Settings, Simulator

MODELS = ("claude-haiku-5-5", "claude-opus-5")
MINIMUM = 512
LIFETIME = {"5m": 300.0, "1h": 3_600.0}
SIZES = {"a": 150, "b": 300, "c": 600, "d": 20}


class Piece(NamedTuple):
    """One block of a random request: where it stands, what it is, its text, its mark."""

    level: str
    kind: str
    name: str
    ttl: str | None


class Asked(NamedTuple):
    key: str
    model: str
    pieces: tuple[Piece, ...]
    wait: float
    begins: bool


def words(name: str) -> str:
    return " ".join([name] * SIZES[name])


def body(asked: Asked) -> dict[str, Any]:
    system: list[Any] = []
    messages: list[Any] = [{"role": "user", "content": []}]
    calls = 0
    for piece in asked.pieces:
        mark = {"cache_control": {"type": "ephemeral", "ttl": piece.ttl}} if piece.ttl else {}
        text = {"type": "text", "text": words(piece.name)}
        if piece.level == "system":
            system.append(text | mark)
        elif piece.kind == "text":
            messages[-1]["content"].append(text | mark)
        else:
            # A round of as many parallel calls as the name says, the mark on the last result.
            ids = [f"t{calls + i}" for i in range(len(ROUNDS[piece.name]))]
            calls += len(ids)
            uses = [{"type": "tool_use", "id": i, "name": "look", "input": {}} for i in ids]
            results: list[Any] = [
                {"type": "tool_result", "tool_use_id": i, "content": words(n)}
                for i, n in zip(ids, ROUNDS[piece.name], strict=True)
            ]
            results[-1] |= mark
            messages += [{"role": "assistant", "content": uses}, {"role": "user", "content": results}]
    return {"model": asked.model, "max_tokens": 5, "system": system, "messages": messages}


ROUNDS = {"a": "a", "b": "ab", "c": "dddddddddddddddddddddddd"}


class SlowCache:
    """The rules of the page, by brute force over whole prefixes."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def ask(self, asked: Asked, now: float) -> tuple[tuple[int, int, int, int], list[dict[str, Any]]]:
        """What is billed (read, 5m, 1h, rest), and the entries to add once the response has begun."""
        line = self._line(asked)
        totals = [sum(tokens for _, _, tokens, _ in line[: i + 1]) for i in range(len(line))]
        prefixes = [
            [asked.key, asked.model, *((place, what) for place, what, _, _ in line[: i + 1])] for i in range(len(line))
        ]
        marks = [i for i, (_, _, _, ttl) in enumerate(line) if ttl and totals[i] >= MINIMUM]
        hit = None
        for mark in reversed(marks):
            window: list[tuple[int, Any]] = []
            for i in range(mark, -1, -1):
                run = line[i][0] if line[i][0] in ("use", "result") else None
                if not (window and run and window[-1][1] == run and line[i + 1][0] == run):
                    window.append((i, run))
                if len(window) > 20:
                    break
                if self._live(prefixes[i], now):
                    hit = i
                    break
            if hit is not None:
                break
        if hit is not None:
            for i in range(hit + 1):
                for entry in self._live(prefixes[i], now):
                    entry["until"] = max(entry["until"], now + entry["lifetime"])
        read = totals[hit] if hit is not None else 0
        new = [i for i in marks if hit is None or i > hit]
        hour = max([totals[i] for i in new if line[i][3] == "1h"], default=read)
        last = max([totals[i] for i in new], default=hour)
        written = [
            {"prefix": prefixes[i], "lifetime": LIFETIME[line[i][3]], "until": now + LIFETIME[line[i][3]]} for i in new
        ]
        return (read, last - hour, hour - read, totals[-1] - last), written

    def begin(self, written: list[dict[str, Any]], now: float) -> None:
        for entry in written:
            for known in self._live(entry["prefix"], now):
                known["lifetime"] = max(known["lifetime"], entry["lifetime"])
                known["until"] = max(known["until"], entry["until"])
                break
            else:
                self.entries.append(entry)

    def _live(self, prefix: Any, now: float) -> list[dict[str, Any]]:
        return [e for e in self.entries if e["prefix"] == prefix and e["until"] > now]

    @staticmethod
    def _line(asked: Asked) -> list[tuple[str, str, int, str | None]]:
        """Blocks as (place or kind, text, tokens, mark)."""
        line: list[tuple[str, str, int, str | None]] = []
        calls = 0
        for piece in asked.pieces:
            if piece.kind == "text":
                tokens = estimate_tokens(words(piece.name), "new")
                line.append((piece.level, piece.name, tokens, piece.ttl))
                continue
            names = ROUNDS[piece.name]
            line += [("use", f"t{calls + i}", estimate_tokens("look {}", "new"), None) for i in range(len(names))]
            for i, name in enumerate(names):
                ttl = piece.ttl if i == len(names) - 1 else None
                line.append(("result", f"t{calls + i} {name}", estimate_tokens(words(name), "new"), ttl))
            calls += len(names)
        return line


@st.composite
def asking(draw: st.DrawFn) -> Asked:
    """A request whose marks keep the rules: at most four, longer lifetimes first."""
    systems = draw(st.lists(st.sampled_from("abc"), max_size=2))
    spoken = draw(
        st.one_of(
            st.lists(st.sampled_from(["a", "b", "c", "tool a", "tool b", "tool c"]), max_size=6),
            st.lists(st.sampled_from(["d", "tool a"]), min_size=17, max_size=45).map(sorted),
        )
    )
    places = [("system", "text", n) for n in systems] + [("messages", "text", "c")]
    places += [("messages", "round" if " " in s else "text", s.split()[-1]) for s in spoken]
    marked = sorted(draw(st.sets(st.integers(0, len(places) - 1), max_size=4)) | ({len(places) - 1}))[-4:]
    hours = draw(st.integers(0, len(marked)))
    ttls = {at: "1h" if i < hours else "5m" for i, at in enumerate(marked)}
    pieces = tuple(Piece(*place, ttls.get(i)) for i, place in enumerate(places))
    return Asked(
        draw(st.sampled_from("kl")),
        draw(st.sampled_from(MODELS)),
        pieces,
        draw(st.sampled_from([0.0, 1.0, 150.0, 299.0, 301.0, 3_599.0, 3_601.0])),
        draw(st.booleans()),
    )


@st.composite
def growing(draw: st.DrawFn) -> list[Asked]:
    """A conversation that one client extends from request to request, by about as many positions as are looked back."""
    places = [Piece("messages", "text", "c", None)]
    for _ in range(draw(st.integers(1, 3))):
        many = draw(st.integers(15, 20))
        places += [Piece("messages", "text", "d", None)] * many
        places += [Piece("messages", "round", n, None) for n in draw(st.lists(st.sampled_from("abc"), max_size=2))]
    steps, end = [], 1
    while end <= len(places):
        kept = places[:end]
        marked = sorted({end - 1, *draw(st.lists(st.integers(0, end - 1), max_size=2))})
        hours = draw(st.integers(0, len(marked)))
        for i, at in enumerate(marked):
            kept[at] = kept[at]._replace(ttl="1h" if i < hours else "5m")
        wait = draw(st.sampled_from([0.0, 0.0, 0.0, 299.0, 301.0]))
        steps.append(Asked("k", MODELS[0], tuple(kept), wait, draw(st.integers(0, 3)) > 0))
        end += draw(st.integers(0, 22))
        if len(steps) == 6:
            break
    return steps


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


def billed(simulator: Simulator, asked: Asked) -> tuple[Any, tuple[int, int, int, int]]:
    claim = simulator.begin(
        simulator.prepare(check_message(body(asked), VERSION, simulator.catalogue), asked.key), simulator.clock.now()
    ).claim
    return claim, (claim.read_tokens, claim.write_5m_tokens, claim.write_1h_tokens, claim.after_tokens)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.one_of(st.lists(asking(), min_size=2, max_size=6), growing()))
def test_agrees_with_a_slow_cache_written_from_the_rules(requests: list[Asked]) -> None:
    clock = Clock()
    simulator, slow = Simulator(Settings(), clock), SlowCache()
    waiting: list[tuple[Any, Any]] = []
    for asked in requests:
        clock.time += asked.wait
        claim, fast = billed(simulator, asked)
        expected, written = slow.ask(asked, clock.time)
        assert fast == expected
        waiting.append((claim, written))
        if asked.begins:
            for claim, written in waiting:
                simulator.cache.store(claim)
                slow.begin(written, clock.time)
            waiting.clear()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(asking(), min_size=1, max_size=5))
def test_parts_sum_to_the_prompt_and_a_repeat_reads_what_was_written(requests: list[Asked]) -> None:
    clock = Clock()
    simulator = Simulator(Settings(), clock)
    for asked in requests:
        clock.time += asked.wait
        claim, parts = billed(simulator, asked)
        assert min(parts) >= 0
        prompt = simulator.prepare(check_message(body(asked), VERSION, simulator.catalogue), asked.key)
        assert sum(parts) == prompt.prompt_tokens - prompt.frame_tokens
        simulator.cache.store(claim)
        clock.time += 299
        _, again = billed(simulator, asked)
        assert again == (sum(parts[:3]), 0, 0, parts[3])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(asking(), min_size=1, max_size=4), asking())
def test_nothing_is_read_that_the_same_key_and_model_did_not_write(others: list[Asked], asked: Asked) -> None:
    simulator = Simulator(Settings(), Clock())
    for other in others:
        for stranger in (other._replace(key="somebody"), other._replace(key=asked.key, model="claude-fable-5")):
            simulator.cache.store(billed(simulator, stranger)[0])
    assert billed(simulator, asked)[1][0] == 0


@settings(max_examples=60, deadline=None, derandomize=True)
@given(asking())
def test_what_has_expired_is_never_read(asked: Asked) -> None:
    clock = Clock()
    simulator = Simulator(Settings(), clock)
    simulator.cache.store(billed(simulator, asked)[0])
    clock.time += 3_600
    assert billed(simulator, asked)[1][0] == 0
