"""What a run adds up to: one summary a variant, comparisons, cards, caveats. The JSON report is drawn from this."""

from typing import Literal

import msgspec

from optlab.catalogue import Cost
from optlab.core.batch import BatchOutcome
from optlab.core.errors import ErrorName
from optlab.core.record import Provenance
from optlab.core.scenario import FigureName, MetricName
from optlab.core.trade_off import TradeOff
from optlab.core.usage import Usage
from optlab.core.verdict import Card, Comparison, Interval, ShareDifference

Figure = float | Literal["inf"] | None
"""A number that JSON can carry: infinite is the word, absent is null."""


class Distribution(msgspec.Struct, frozen=True):
    """One metric over the measured runs of one variant, in the metric's own unit.

    `p90` and `p99` are None where so few runs cannot bound them from both sides; their intervals then say what is
    known, and `max` is the largest value seen. `min` and the quartiles describe the runs and bound nothing; runs that
    were kept before there were any have none.
    """

    n: int
    p50: Figure
    p50_interval: Interval
    p90: Figure
    p90_interval: Interval
    p99: Figure
    p99_interval: Interval
    mean: Figure
    max: Figure
    min: Figure = None
    p25: Figure = None
    p75: Figure = None


class CheckCount(msgspec.Struct, frozen=True):
    """Scores of one kind of check: mean, runs that passed it fully, runs it scored."""

    mean: float
    passed: int
    runs: int


class Share(msgspec.Struct, frozen=True):
    """A yes or no over the measured runs of one variant: k of n, with its Wilson interval."""

    count: int
    n: int
    interval: Interval


class QualityCount(msgspec.Struct, frozen=True):
    """Scores of one variant: mean, runs that passed every check fully, runs scored; and the same by kind of check."""

    mean: float | None
    passed: int
    runs: int
    by_kind: dict[str, CheckCount] = {}


class CacheCount(msgspec.Struct, frozen=True):
    """What the prompt cache did for one variant, from usage.

    `hit_rate` is the share of answered measured runs that read, `largest_prompt_tokens` the longest prompt among them.
    """

    hit_rate: float | None
    read_tokens: int
    write_tokens: int
    largest_prompt_tokens: int = 0


class ColdStart(msgspec.Struct, frozen=True):
    """The discarded first run of a variant: paid for, shown apart, never averaged with the others (seconds, USD)."""

    first_visible_s: Figure
    e2e_s: Figure
    cost_usd: float
    cache_write_tokens: int
    cache_read_tokens: int


class VariantSummary(msgspec.Struct, frozen=True):
    """One variant in figures. `usage` and `cost` are everything it was billed for, the warm-up included, or would be
    billed for in a batch where it stands for one.

    `errors` counts the runs that failed, `retried` those among them that got an answer at a later attempt.
    `thinking_in_tpot` counts runs whose times per token hold thinking, `rewrote` those that read the cache and wrote to
    it.
    """

    name: str
    levers: tuple[str, ...]
    model: str
    runs: int
    errors: int
    usage: Usage
    cost: Cost
    metrics: dict[FigureName, Distribution]
    quality: QualityCount
    cache: CacheCount
    stop_reasons: dict[str, int]
    cold: ColdStart | None = None
    shares: dict[FigureName, Share] = {}
    retried: int = 0
    thinking_in_tpot: int = 0
    rewrote: int = 0


class Agreement(msgspec.Struct, frozen=True):
    """How often a judge that was asked the same twice said the same, with the interval of that share."""

    same: int
    asked: int
    interval: Interval


class Evenness(msgspec.Struct, frozen=True):
    """How a judge preferred between two answers of the baseline to one question: wins of either, ties, and p.

    `p` is McNemar's exact two-sided p of wins so far from even.
    """

    first: int
    second: int
    ties: int
    p: float


class JudgedRate(msgspec.Struct, frozen=True):
    """What a judge said of one variant's answers. `rate` is the share of passes (pairwise: of wins, `tied` the ties).

    `corrected` and `interval` take the judge's measured errors into account; absent without labels.
    """

    variant: str
    passed: int
    judged: int
    rate: float | None
    corrected: float | None = None
    interval: Interval | None = None
    tied: int = 0


class Judging(msgspec.Struct, frozen=True):
    """What one judge did and how far it can be trusted. Its bill is the experiment's, apart from every variant's.

    `unjudged` counts answers that it was asked about and did not judge because its calls failed.

    Of the labelled answers it judged so many were right, and wrong, by their labels; sensitivity is the share of the
    right ones it passed, specificity the share of the wrong ones it failed, each with its Wilson interval.
    """

    model: str
    how: Literal["verdict", "pairwise"]
    judgements: int
    calls: int
    failed_calls: int
    unreadable: int
    unjudged: int
    usage: Usage
    cost_usd: float
    rates: tuple[JudgedRate, ...]
    agreement: Agreement | None = None
    even: Evenness | None = None
    labelled_right: int = 0
    labelled_wrong: int = 0
    sensitivity: float | None = None
    specificity: float | None = None
    sensitivity_interval: Interval | None = None
    specificity_interval: Interval | None = None


class Caveat(msgspec.Struct, frozen=True):
    """A warning about our own measurement, in the words of what to do next."""

    code: str
    sentence: str


class Failure(msgspec.Struct, frozen=True):
    """What broke a run off before its end: which kind of error, and its sentence."""

    error: ErrorName
    sentence: str


class Report(msgspec.Struct, frozen=True):
    """The whole outcome of one experiment. `cost_usd` is all that was paid, `status` how it ended.

    `unknown_usd` is the part of `cost_usd` that stands in no variant's bill and in no judge's: calls that broke off, or
    have no price, are taken at the most they can have cost. `failure` is there where the status is "failed".
    """

    run_id: str
    scenario: str
    source: str
    provenance: Provenance
    sim_speed: float
    seed: int
    catalogue_as_of: str
    started_at: str
    status: Literal["finished", "decided", "budget", "cancelled", "failed"]
    pairs: int
    primary: MetricName
    cost_usd: float
    variants: tuple[VariantSummary, ...]
    comparisons: tuple[Comparison, ...]
    cards: tuple[Card, ...]
    caveats: tuple[Caveat, ...]
    floor_ms: float | None = None
    share_differences: tuple[ShareDifference, ...] = ()
    judging: tuple[Judging, ...] = ()
    trade_off: TradeOff | None = None
    unknown_usd: float = 0.0
    failure: Failure | None = None
    batches: tuple[BatchOutcome, ...] = ()

    @property
    def judging_usd(self) -> float:
        """What all judging cost, in USD."""
        return sum(judge.cost_usd for judge in self.judging)


class KeptRun(msgspec.Struct, frozen=True, tag_field="entry", tag="run"):
    """One run in the history.

    `status` is a Report's, or "running" while the run goes on, "left" where the user went away, or "broken off" where
    its worker died. `kind` is "benchmark", "race", or that of the study the run was made for, which `study` names.
    """

    id: str
    at: str
    scenario: str
    source: str
    kind: str
    provenance: Provenance
    sim_speed: float
    seed: int
    status: str
    cost_usd: float
    study: str | None = None
