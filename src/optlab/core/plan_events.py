"""Facts told before anything is paid for: what an experiment is, and what it will take."""

import msgspec

from optlab.core.record import Provenance
from optlab.core.scenario import MetricName


class Told(msgspec.Struct, frozen=True, tag_field="event"):
    """A fact that a worker tells a door."""


class Estimate(msgspec.Struct, frozen=True):
    """What a run will take, before it is made. Input is estimated offline, output lies between none and the cap.

    `expected_usd` lies between the ends, with answers as long as `basis` says; None where nothing was assumed.
    `judge_calls`, at most `judge_usd` of the dollars, are those of models that judge. Calls that levers add (those of a
    cascade) are counted in; `retries_usd` is what would come on top of the high end if every call of a variant had to
    be made as often as the plan allows. `batch_calls` of the calls go as a batch, whose waiting is not in the seconds.
    """

    calls: int
    low_usd: float
    high_usd: float
    seconds: float | None
    judge_calls: int = 0
    judge_usd: float = 0.0
    retries_usd: float = 0.0
    expected_usd: float | None = None
    basis: str = ""
    batch_calls: int = 0


class CallAhead(msgspec.Struct, frozen=True):
    """What one run of a variant will be billed for, by the offline estimate: for figures marked as estimates.

    `prompt_tokens` and `prompt_usd` are its prompts with what they write to a cache, all of its requests together;
    `output_usd` is the price of one token that `model` answers with.
    """

    variant: str
    model: str
    prompt_tokens: int
    prompt_usd: float
    output_usd: float


class Foresight(msgspec.Struct, frozen=True):
    """What the planned pairs usually show: a relative saving in the primary metric from `smallest` on.

    `run` is the kept run whose pairs told the spread; empty where it is assumed. `pairs_needed` is how many pairs would
    show the smallest useful saving, None where these do.
    """

    smallest: float
    run: str = ""
    pairs_needed: int | None = None


class Planned(Told, frozen=True, kw_only=True):
    """All is declared; nothing has been paid. With `needs_consent` the worker waits for the Consent command.

    `notes` are worth a second look. With `dry` this is the end of the command: only the plan was asked for.
    """

    run_id: str
    scenario: str
    model: str
    provenance: Provenance
    why_backend: str
    sim_speed: float
    server: str
    estimate: Estimate
    budget_usd: float | None
    needs_consent: bool
    dry: bool = False
    notes: tuple[str, ...] = ()


class ExperimentPlanned(Planned, frozen=True, kw_only=True, tag="experiment_planned"):
    """One experiment is declared: its variants, pairs, and the metric that decides.

    `caps` are the max_tokens of each variant's answers, in the order of `variants`; `smallest_useful` is the relative
    saving below which a difference is of no use; `ahead` has a call of every variant where somebody watches it.
    """

    variants: tuple[str, ...]
    pairs: int
    primary: MetricName
    primary_reason: str
    foresight: Foresight | None = None
    caps: tuple[int, ...] = ()
    smallest_useful: float | None = None
    ahead: tuple[CallAhead, ...] = ()
