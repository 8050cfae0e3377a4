"""One experiment, frozen before its first call: scenario, variants (the first is the baseline), plan, seed."""

import msgspec

from optlab.core.prompt import Prompt
from optlab.core.scenario import MetricName, ParamValue, Scenario


class LeverChoice(msgspec.Struct, frozen=True):
    """A lever by name with the parameters chosen for it."""

    name: str
    params: dict[str, ParamValue] = {}

    def label(self) -> str:
        """`name` or `name:param=value,…`, as the command line writes it; parameters left empty are left out."""
        params = ",".join(f"{key}={value}" for key, value in self.params.items() if value != "")
        return f"{self.name}:{params}" if params else self.name


class Variant(msgspec.Struct, frozen=True):
    """A name and the levers applied, in their declared order. No levers: the baseline as written.

    `primary` is the metric that decides on this candidate and `primary_reason` why; None: the experiment's own.
    With `own_salts` each of its runs gets a salt of its own where prompts are salted, so that none reads from a cache.
    `prompt` takes the place of the scenario's own, in this variant alone.
    """

    name: str
    levers: tuple[LeverChoice, ...] = ()
    primary: MetricName | None = None
    primary_reason: str = ""
    own_salts: bool = False
    prompt: Prompt | None = None

    def on(self, scenario: Scenario) -> Scenario:
        """The scenario as this variant sees it, before any lever."""
        return scenario if self.prompt is None else msgspec.structs.replace(scenario, prompt=self.prompt)


class Experiment(msgspec.Struct, frozen=True):
    """Everything a run needs; nothing is looked up once it has started.

    `alpha` is already divided by the number of candidates. `rate_per_minute` is the arrival rate that the cost of
    caching is weighted by (None: unknown). `budget_usd` None means no cap (never so where money is real). `primary`
    decides on every candidate that has none of its own (`primary_of`), for `primary_reason`. `stage` numbers the
    experiments of a study from 1 (0: no study): none may read from a cache what an earlier one wrote. Without `warm_up`
    no call is discarded first: only answers are looked at then, no time and no bill. `in_order`: samples are met as
    they stand, which was drawn before.
    """

    scenario: Scenario
    variants: tuple[Variant, ...]
    primary: MetricName
    primary_reason: str
    pairs: int
    alpha: float
    seed: int = 0
    rate_per_minute: float | None = None
    budget_usd: float | None = None
    early_stop: bool = False
    is_aa: bool = False
    stage: int = 0
    warm_up: bool = True
    in_order: bool = False

    @property
    def baseline(self) -> Variant:
        """What every candidate is compared with."""
        return self.variants[0]

    @property
    def candidates(self) -> tuple[Variant, ...]:
        """Everything but the baseline."""
        return self.variants[1:]

    def primary_of(self, candidate: Variant) -> tuple[MetricName, str]:
        """The metric that decides on a candidate, and why that one."""
        if candidate.primary is None:
            return self.primary, self.primary_reason
        return candidate.primary, candidate.primary_reason
