"""What was seen: one API call, and one run (all the calls that one variant made for one sample).

All times are seconds of model time: wall time multiplied by the simulator's speed (1 on a real server). A failed call
keeps what it got; its latency counts as infinite, which JSON cannot say, so it is derived from `error`.
"""

import math
from enum import StrEnum
from typing import Literal

import msgspec

from optlab.catalogue import Cost
from optlab.core.usage import Terms, Usage


class Provenance(StrEnum):
    """Where a figure comes from. The three are never averaged together."""

    MEASURED = "measured"
    SIMULATED = "simulated"
    REPLAYED = "replayed"


ErrorKind = Literal[
    "auth", "billing", "bad_request", "rate_limit", "overloaded", "server", "connection", "timeout", "broken_stream"
]


Phase = Literal["cold", "measured", "set aside", "race"]
"""What a run is for: the paid warm-up, a measurement, one that a quota spoilt (billed, compared with nothing), or a
demonstration."""


CUT = frozenset({"max_tokens", "model_context_window_exceeded"})
"""Stop reasons of answers that were cut: their length is that of the limit."""


class CallError(msgspec.Struct, frozen=True):
    """Why a call failed, in one sentence. `status` is HTTP's, None where no answer came."""

    kind: ErrorKind
    sentence: str
    status: int | None = None
    retry_after_s: float | None = None


class Delta(msgspec.Struct, frozen=True, array_like=True):
    """A piece of output as it arrived: seconds since the run began, its text, and what kind of output it is."""

    at_s: float
    text: str
    kind: Literal["text", "thinking", "tool"] = "text"


class CallRecord(msgspec.Struct, frozen=True):
    """One API call. Times in seconds since the run began, prices in USD.

    `warm_usd` and `cold_usd` are the same call with its cached prefix priced as read and as written (equal to the
    cost where nothing was cached). All prices are 0 until the record has been priced. `attempt` counts from 1 how often
    the same request was sent; every attempt is a record of its own. `paid_usd` is what the call was really billed where
    that is not its cost: one that stands for a call of a batch is made, and paid for, at the full price.
    """

    id: str
    model: str
    streamed: bool
    sent_at_s: float
    ended_at_s: float
    provenance: Provenance
    speed: float = 1.0
    first_event_at_s: float | None = None
    deltas: tuple[Delta, ...] = ()
    text: str = ""
    usage: Usage = Usage()
    terms: Terms = Terms()
    stop_reason: str | None = None
    error: CallError | None = None
    request_id: str | None = None
    purpose: Literal["answer", "judge"] = "answer"
    attempt: int = 1
    cost: Cost = Cost()
    warm_usd: float = 0.0
    cold_usd: float = 0.0
    paid_usd: float | None = None


class CheckResult(msgspec.Struct, frozen=True):
    """What one check thought of an answer: a score in [0, 1] and why, in a few words.

    `baseline` is there where the check held the answer against the baseline's of the same pair: what that one got.
    """

    kind: str
    score: float
    why: str = ""
    baseline: float | None = None


JudgePurpose = Literal["verdict", "pairwise", "again", "label", "even"]
JudgeOutcome = Literal["pass", "fail", "won", "lost", "tie"]


class Judgement(msgspec.Struct, frozen=True):
    """One decision of a model as judge, with every call it took; billed to the experiment, to no variant.

    `variant` is whose answer it was about; `purpose` is a "verdict" on an answer or a "pairwise" preference over the
    baseline's, the same asked "again", an answer with a "label", or two answers of the baseline, which must come out
    "even". `outcome` is None where the calls failed; `unreadable` counts replies that said nothing clear, and
    `expected` is the label.
    """

    id: str
    judge: int
    model: str
    purpose: JudgePurpose
    sample: str
    calls: tuple[CallRecord, ...]
    variant: str = ""
    pair: int | None = None
    outcome: JudgeOutcome | None = None
    unreadable: int = 0
    expected: JudgeOutcome | None = None

    @property
    def cost(self) -> Cost:
        """USD of every call made, failed ones included."""
        return sum((c.cost for c in self.calls), Cost())


class RunRecord(msgspec.Struct, frozen=True):
    """One run of one variant on one sample: what the person felt, what the API billed, how good the answer was.

    `pair` counts from 0; a warm-up run has phase "cold" and is kept out of every comparison but not out of the bill.
    Latencies are None where they do not exist (a plain call has no time to first token). They hold what failed attempts
    and the waits behind them took; as comparisons read them (`latency_s`) such a run is infinitely slow. `tokens_per_s`
    is a rate; `tpot_thinking` tells that the tokens behind both times per token hold thinking that nobody saw.
    `unjudged`: the judge that the scenario asks for gave no judgement, so nothing is known of the quality. `untimed`:
    the calls stand for those of a batch, so what they took says nothing of the variant. `in_time`: whether it kept
    every limit of the scenario's plan, None where that declares none.
    """

    id: str
    variant: str
    sample: str
    pair: int
    phase: Phase
    started_at: str
    calls: tuple[CallRecord, ...]
    answer: str
    e2e_s: float
    first_visible_s: float
    ttft_s: float | None = None
    first_thought_s: float | None = None
    tpot_s: float | None = None
    tpot_visible_s: float | None = None
    tpot_thinking: bool = False
    start_s: float | None = None
    gap_mean_s: float | None = None
    gap_p95_s: float | None = None
    gap_max_s: float | None = None
    tokens_per_s: float | None = None
    stop_reason: str | None = None
    error: CallError | None = None
    checks: tuple[CheckResult, ...] = ()
    unjudged: bool = False
    untimed: bool = False
    in_time: bool | None = None

    @property
    def answered(self) -> bool:
        """Whether an answer came in the end, at whichever attempt."""
        return self.error is None

    @property
    def retries(self) -> int:
        """How many of the calls repeated one that had failed."""
        return sum(call.attempt > 1 for call in self.calls)

    @property
    def failed(self) -> bool:
        """Whether any call failed, for good or until it was made again. The run's latency is then infinite."""
        return not self.answered or self.retries > 0 or any(call.error for call in self.calls)

    @property
    def escalated(self) -> bool:
        """Whether more than one request for an answer was needed; repeated attempts and judges do not count."""
        return sum(call.purpose == "answer" and call.attempt == 1 for call in self.calls) > 1

    @property
    def cut(self) -> bool:
        """Whether the answer ended because there was no room for more of it."""
        return self.stop_reason in CUT

    @property
    def broke_streaming(self) -> bool:
        """Whether the run failed in a call that streamed: only such a call had a time to first token to lose."""
        return self.failed and bool(self.calls) and self.calls[-1].streamed

    @property
    def cost(self) -> Cost:
        """USD of every call made, judges and failed calls included."""
        return sum((c.cost for c in self.calls), Cost())

    @property
    def usage(self) -> Usage:
        """Tokens of every call made."""
        return sum((c.usage for c in self.calls), Usage())

    @property
    def score(self) -> float | None:
        """Quality in [0, 1]: every check must hold, so the lowest counts. None without checks, or without its judge."""
        if not self.checks or self.unjudged:
            return None
        return min(c.score for c in self.checks)

    @property
    def alone(self) -> "RunRecord":
        """This run without the checks that held its answer against the baseline's."""
        if all(check.baseline is None for check in self.checks):
            return self
        return msgspec.structs.replace(self, checks=tuple(c for c in self.checks if c.baseline is None))

    @property
    def paid_usd(self) -> float:
        """USD that were really billed: the cost, but for calls that stand for those of a batch."""
        return math.fsum(c.cost.total_usd if c.paid_usd is None else c.paid_usd for c in self.calls)

    def latency_s(self, seconds: float | None) -> float | None:
        """A latency of this run as comparisons read it: infinite where the run failed, None where it is absent."""
        return None if self.untimed else math.inf if self.failed else seconds


Pair = tuple[RunRecord, RunRecord]
"""(baseline, candidate) of one pair, in the order in which pairs started."""


class PastAnswer(msgspec.Struct, frozen=True):
    """How long one answer of an earlier run was, in tokens of its model; `cut` where it ended for want of room."""

    model: str
    tokens: int
    cut: bool
    purpose: Literal["answer", "judge"] = "answer"
