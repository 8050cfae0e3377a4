"""What a scenario file says, as pure data: prompt, samples, checks, lever parameters, traffic and plan."""

from collections import Counter
from typing import Any, Literal

import msgspec

from optlab.core.prompt import Prompt

MetricName = Literal["first_visible", "ttft", "e2e", "tpot", "tpot_visible", "cost_usd"]
"""Metrics a comparison can be decided on."""

FigureName = Literal[
    MetricName,
    "start",
    "first_thought",
    "e2e_retries",
    "gap_mean",
    "gap_p95",
    "gap_max",
    "tokens_per_s",
    "cache_hit",
    "escalation",
    "truncation",
    "refusal",
    "goodput",
    "quality",
]
"""Everything that is measured of a run; `core.metrics` declares each."""

ParamValue = str | int | float | bool
"""A lever's parameter."""

JUDGE = "judge"
"""The kind of check that a model makes."""


class CheckSpec(msgspec.Struct, frozen=True):
    """One quality check: its kind (a name of the table CHECKS) and that kind's own settings."""

    kind: str
    settings: dict[str, Any] = {}


class Sample(msgspec.Struct, frozen=True):
    """One input: values for the prompt's variables, and what is expected of the answer."""

    id: str
    variables: dict[str, str] = {}
    checks: tuple[CheckSpec, ...] = ()

    @property
    def judge(self) -> CheckSpec | None:
        """The check that a model makes, where there is one."""
        return next((check for check in self.checks if check.kind == JUDGE), None)


class Traffic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often this prompt is called in real life; the cost of caching is weighted by it."""

    per_minute: float | None = None


class Slo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits that a good call keeps all at once, in milliseconds; None is no limit.

    `ttft_ms` bounds what the person waits for the first visible output (of a plain call, for all of it), `tpot_ms` the
    time per token after the first, `e2e_ms` the whole call.
    """

    ttft_ms: float | None = None
    tpot_ms: float | None = None
    e2e_ms: float | None = None


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is declared before the first paid call. Shares and rates are fractions, money is in USD.

    `attempts` is how often one call is made at most where it fails in a way that may pass. `slo` are limits whose being
    kept is told as goodput.
    """

    primary: MetricName | None = None
    delta_min: float = 0.05
    alpha: float = 0.05
    pairs: int = 12
    quality_margin: float = 0.05
    truncation_limit: float = 0.05
    time_limit_s: float = 60.0
    budget_usd: float | None = None
    attempts: int = 3
    slo: Slo = Slo()


class Scenario(msgspec.Struct, frozen=True):
    """A prompt with everything needed to measure it."""

    name: str
    model: str
    max_tokens: int
    prompt: Prompt
    samples: tuple[Sample, ...]
    about: str = ""
    lever_params: dict[str, dict[str, ParamValue]] = {}
    traffic: Traffic = Traffic()
    plan: Plan = Plan()
    source: str = ""
    """The file's name as the user gave it; a label, never opened again."""

    @property
    def check_kinds(self) -> dict[str, int]:
        """How many samples' answers each kind of check judges."""
        return dict(Counter(kind for sample in self.samples for kind in {c.kind: 0 for c in sample.checks}))

    @property
    def has_checks(self) -> bool:
        """Whether any sample says what a good answer is."""
        return any(sample.checks for sample in self.samples)


class ScenarioHead(msgspec.Struct, frozen=True):
    """A scenario that comes with optlab, in a line: the bare name that commands take, and what is in it."""

    name: str
    about: str
    model: str
    samples: int
    checks: dict[str, int]
