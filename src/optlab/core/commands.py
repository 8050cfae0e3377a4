"""Intent going down: everything a door can ask of a worker, one JSON line each."""

from typing import Literal

import msgspec

from optlab.core.experiment import LeverChoice
from optlab.core.prompt import Prompt
from optlab.core.request import CacheTtl
from optlab.core.scenario import MetricName

BackendName = Literal["auto", "api", "sim"]


class _Command(msgspec.Struct, frozen=True, tag_field="command"):
    pass


LARGEST_SEED = 10**18 - 1
"""A seed of more digits is none that a history file could keep."""


class Connection(msgspec.Struct, frozen=True):
    """Where requests go. `sim_speed` and `seed` are the embedded simulator's."""

    backend: BackendName = "auto"
    sim_speed: float = 1.0
    seed: int = 0


class Connect(_Command, frozen=True, tag="connect"):
    """Open the backend of a connection and keep it open, so that the first run need not wait for it."""

    connection: Connection = Connection()


class RunBenchmark(_Command, frozen=True, tag="run_benchmark"):
    """Baseline against the levers given: stacked into one candidate, or with `each` one candidate a lever.

    `prompt` and `model` take the place of the scenario's own (edited, segments switched off). With `dry` the plan and
    its estimate are told and nothing is sent. `live` reports text as it arrives.
    """

    scenario: str
    prompt: Prompt | None = None
    model: str | None = None
    levers: tuple[LeverChoice, ...] = ()
    each: bool = False
    aa: bool = False
    pairs: int | None = None
    primary: MetricName | None = None
    rate_per_minute: float | None = None
    budget_usd: float | None = None
    early_stop: bool = False
    yes: bool = False
    live: bool = False
    dry: bool = False
    connection: Connection = Connection()


class RunRace(_Command, frozen=True, tag="run_race"):
    """Two variants once, side by side, live: a demonstration, no verdict.

    Both are stacks of levers, `left` and `levers` (the right one); an empty stack is the scenario as written.
    """

    scenario: str
    prompt: Prompt | None = None
    model: str | None = None
    levers: tuple[LeverChoice, ...] = ()
    left: tuple[LeverChoice, ...] = ()
    budget_usd: float | None = None
    yes: bool = False
    connection: Connection = Connection()


class Study(_Command, frozen=True):
    """A question that takes a series of experiments under one budget. Each kind of study is a command of its own.

    `prompt` and `model` take the place of the scenario's own. With `dry` the plan and its estimate are told and nothing
    is sent.
    """

    scenario: str
    prompt: Prompt | None = None
    budget_usd: float | None = None
    yes: bool = False
    dry: bool = False
    connection: Connection = Connection()
    model: str | None = None


class MeasureCache(Study, frozen=True, tag="measure_cache"):
    """Time and bill of the first tokens with a cold and with a warm cache, in pairs.

    `rate_per_minute` takes the place of the scenario's traffic; `ttl` that of its caching lever.
    """

    ttl: CacheTtl | None = None
    pairs: int | None = None
    rate_per_minute: float | None = None


class StudyCascade(Study, frozen=True, tag="study_cascade"):
    """Whether a cascade pays here: `lever` names its models, judge and threshold.

    `audit` is the share of passed drafts that the big model answers as well; `margin` the loss of accuracy that must be
    excluded (None: the scenario's), both fractions.
    """

    lever: LeverChoice = LeverChoice("cascade")
    audit: float = 1.0
    margin: float | None = None


class ReadOutcomes(_Command, frozen=True, tag="read_outcomes"):
    """The same from stored outcomes, without a call: a file of one JSON object a line."""

    file: str
    margin: float = 0.05


By = Literal["segment", "paragraph", "bullet", "example", "sentence", "auto"]
"""How fine the pieces of a prompt are; auto: segments, then the sentences and list items of those that must stay."""


class TestCut(Study, frozen=True, tag="test_cut"):
    """Would the answers change, and would they get worse? `trimmed` against the scenario's prompt.

    So many `answers` of each prompt to each sample (at least 2), of `items` samples, drawn by the seed (None: as many
    as a verdict takes, and the plan's pairs at least). `levers` are pulled on both sides.
    """

    trimmed: Prompt = Prompt(())
    answers: int = 2
    items: int | None = None
    levers: tuple[LeverChoice, ...] = ()


class FindCuts(Study, frozen=True, tag="find_cuts"):
    """What of the prompt can go. `goal`: "all-dead", "third", or the number of tokens to cut the prompt to.

    `whole` is what the final verification, the savings and a third are held against: a prompt of which something was
    cut before the search; None: the prompt that is searched.
    """

    goal: str = "all-dead"
    by: By = "segment"
    whole: Prompt | None = None
    levers: tuple[LeverChoice, ...] = ()


class MapHeat(Study, frozen=True, tag="map_heat"):
    """What each piece of the prompt contributes to quality: `orders` of the pieces (rounded up to even), on `items`.

    With `again` nothing of an earlier map of the same is used.
    """

    by: By = "segment"
    orders: int = 2
    items: int = 12
    again: bool = False
    levers: tuple[LeverChoice, ...] = ()


class LoadScenario(_Command, frozen=True, tag="load_scenario"):
    """Read a scenario file and tell what is in it."""

    scenario: str


class CountTokens(_Command, frozen=True, tag="count_tokens"):
    """Ask the API how many tokens a prompt has, the first sample filled in and no lever pulled. It bills nothing."""

    scenario: str
    prompt: Prompt | None = None
    connection: Connection = Connection()
    model: str | None = None


class ListScenarios(_Command, frozen=True, tag="list_scenarios"):
    """The scenarios that come with optlab."""


class ListPrices(_Command, frozen=True, tag="list_prices"):
    """The user's own prices."""


class ListHistory(_Command, frozen=True, tag="list_history"):
    """What is kept, newest first: runs, and studies in the place of theirs; with `unfold` every run and no study."""

    limit: int = 50
    unfold: bool = False


class ListDays(_Command, frozen=True, tag="list_days"):
    """What the newest benchmarks of one scenario found, by its name and the file it came from."""

    scenario: str
    source: str
    limit: int = 200


class ShowRun(_Command, frozen=True, tag="show_run"):
    """The report of one run, or the end of one study, by id or by a prefix that fits only one.

    What begins with a study's whole id is one of its runs. "last" is the newest run that belongs to no study, or the
    study that ended last where that was later.
    """

    run: str


class FindCeiling(_Command, frozen=True, tag="find_ceiling"):
    """Which max_tokens the lengths in a file support. `lengths` is an absolute path, `label` what the user called it.

    A scenario lends its model and limit; `model` prices output tokens where there is none. `epsilon` is the share of
    answers that a limit may cut.
    """

    lengths: str
    label: str
    scenario: str | None = None
    model: str | None = None
    epsilon: float = 0.05


class MeasureCeiling(Study, frozen=True, tag="measure_ceiling"):
    """Which max_tokens a scenario's own answers support: the baseline alone, so many answers.

    `answers` None: as few as can prove a limit that cuts a share `epsilon`.
    """

    epsilon: float = 0.05
    answers: int | None = None


class RunScreen(Study, frozen=True, tag="run_screen"):
    """Two to eight levers at once on common items, then the winner confirmed against the baseline.

    `items` None: as many as make about 64 runs; `pairs` of the confirmation, None: as the scenario plans.
    """

    levers: tuple[LeverChoice, ...] = ()
    primary: MetricName | None = None
    items: int | None = None
    pairs: int | None = None
    rate_per_minute: float | None = None


class Advise(Study, frozen=True, tag="advise"):
    """Which lever to pull first, from a small measurement of the baseline: `pairs` of it, None: 12.

    An answer may take `patience_s` seconds, and 1,000 calls cost `high_usd`, before that counts as a symptom.
    """

    pairs: int | None = None
    rate_per_minute: float | None = None
    patience_s: float = 10.0
    high_usd: float = 1.0


class AdviseOnRun(_Command, frozen=True, tag="advise_on_run"):
    """The same from a kept run, by id or prefix or "last"; nothing is sent. `scenario` None: that of the run."""

    run: str
    scenario: str | None = None
    rate_per_minute: float | None = None
    patience_s: float = 10.0
    high_usd: float = 1.0


class DiagnoseCache(_Command, frozen=True, tag="diagnose_cache"):
    """Say why the requests of a log missed the prompt cache. `path` is absolute."""

    path: str


class PlanCache(_Command, frozen=True, tag="plan_cache"):
    """What a cacheable prefix costs at one's own arrivals without a cache, with each lifetime, and kept alive.

    The prefix is that of a scenario with the segments of `trim` cut, or of a model and so many tokens, or what the
    best breakpoints of `log` cover. Calls come as in the file `arrivals`, at a rate, or as in the log. Pings end
    `keep_alive_min` minutes after a call (None: they go on until the next). Paths are absolute.
    """

    scenario: str | None = None
    model: str | None = None
    prefix_tokens: int | None = None
    arrivals: str | None = None
    rate_per_minute: float | None = None
    log: str | None = None
    trim: tuple[str, ...] = ()
    keep_alive_min: float | None = None


class Pause(_Command, frozen=True, tag="pause"):
    """Hold what runs before its next block of calls; `Resume` lets it go on."""


class Resume(_Command, frozen=True, tag="resume"):
    """Let what was paused go on."""


class Consent(_Command, frozen=True, tag="consent"):
    """The user's answer to an ExperimentPlanned that needed one."""

    given: bool


class Cancel(_Command, frozen=True, tag="cancel"):
    """Stop after what is in flight; what was paid for is kept."""


Command = (
    Connect
    | RunBenchmark
    | RunRace
    | MeasureCache
    | StudyCascade
    | ReadOutcomes
    | MeasureCeiling
    | RunScreen
    | Advise
    | FindCeiling
    | AdviseOnRun
    | TestCut
    | FindCuts
    | MapHeat
    | LoadScenario
    | CountTokens
    | ListScenarios
    | ListPrices
    | ListHistory
    | ListDays
    | ShowRun
    | DiagnoseCache
    | PlanCache
    | Pause
    | Resume
    | Consent
    | Cancel
)

_decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_encoder = msgspec.json.Encoder()


def encode(command: Command | Study) -> bytes:
    """One line of JSON, newline included."""
    return _encoder.encode(command) + b"\n"


def decode(line: bytes) -> Command:
    """The command of one line. Raises msgspec.DecodeError on anything else."""
    return _decoder.decode(line)
