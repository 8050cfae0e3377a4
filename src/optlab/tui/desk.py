"""What the user has set: prompt, levers, pairs, budget, speed. Pure values, and the commands that they make."""

from collections.abc import Sequence

import msgspec

from optlab.core.commands import Connection, RunBenchmark, RunRace
from optlab.core.errors import UsageError
from optlab.core.experiment import LeverChoice
from optlab.core.prompt import Prompt
from optlab.core.scenario import Scenario
from optlab.levers import BY_NAME, LEVERS, complete, examine
from optlab.tui.race.racers import Racer, Racers
from optlab.tui.typed import short, whole_number

FIRST_LEVER = "streaming"
"""What is pulled when a run is asked for and no lever is on: streaming against not streaming is the first race."""

NO_PROMPT = Prompt(())


class LeverSetting(msgspec.Struct, frozen=True):
    """One lever as it stands: on or off, and its parameters as typed."""

    name: str
    on: bool = False
    params: dict[str, str] = {}

    @property
    def choice(self) -> LeverChoice:
        """The lever as a command carries it."""
        return LeverChoice(self.name, dict(self.params))

    @property
    def problem(self) -> str:
        """What is wrong with the parameters, in one sentence; empty where nothing is."""
        try:
            complete(self.choice)
        except UsageError as error:
            return str(error)
        return ""


class Settings(msgspec.Struct, frozen=True):
    """What stands beside a run, as typed: pairs, cap in dollars (empty: none), speed of the simulator."""

    pairs: str = "12"
    budget: str = ""
    speed: str = "1"

    def problem_of(self, field: str) -> str:
        """What is wrong with one field, in one sentence; empty where nothing is."""
        text = getattr(self, field).strip()
        if field == "pairs":
            return (
                "" if whole_number(text, 100_000) else f"pairs is a whole number from 1 to 100,000, not {short(text)!r}"
            )
        if field == "budget":
            return (
                ""
                if not text or _between(text, 0.0, 1e6)
                else f"budget is dollars above 0 or empty, not {short(text)!r}"
            )
        good = _between(text, 0.0, 100_000)
        return "" if good else f"speed is a number above 0, 1 is real pace, not {short(text)!r}"

    @property
    def problem(self) -> str:
        """The first thing that is wrong, or nothing."""
        return next(filter(None, map(self.problem_of, self.__struct_fields__)), "")

    @property
    def budget_usd(self) -> float | None:
        """The cap, if there is one."""
        return float(self.budget) if self.budget.strip() else None


def _between(text: str, above: float, most: float) -> bool:
    try:
        return above < float(text) <= most
    except ValueError:
        return False


class Desk(msgspec.Struct, frozen=True):
    """Everything that the next run will be made of. `model`: another one than the scenario's file names."""

    source: str
    scenario: Scenario | None = None
    prompt: Prompt = NO_PROMPT
    levers: tuple[LeverSetting, ...] = tuple(LeverSetting(lever.spec.name) for lever in LEVERS)
    settings: Settings = Settings()
    connection: Connection = Connection()
    yes: bool = False
    racers: Racers = Racers()
    model: str | None = None

    def loaded(self, scenario: Scenario) -> "Desk":
        """The desk with a scenario on it as its file says; every lever is off."""
        plan = scenario.plan
        settings = self.settings
        if settings == Settings(speed=settings.speed):
            cap = "" if plan.budget_usd is None else f"{plan.budget_usd:g}"
            settings = msgspec.structs.replace(settings, pairs=str(plan.pairs), budget=cap)
        return msgspec.structs.replace(
            self,
            scenario=scenario,
            prompt=scenario.prompt,
            model=None,
            levers=tuple(_as_loaded(lever.spec.name, scenario) for lever in LEVERS),
            settings=settings,
        )

    def from_file(self, source: str, scenario: Scenario) -> "Desk":
        """The same desk over another file, whose model it need not share."""
        own = self.scenario.model if self.scenario is not None else scenario.model
        there = msgspec.structs.replace(scenario, model=own)
        return msgspec.structs.replace(
            self, source=source, scenario=there, model=None if own == scenario.model else own
        )

    def lever(self, name: str) -> LeverSetting:
        """The setting of one lever."""
        return next(setting for setting in self.levers if setting.name == name)

    def with_lever(self, changed: LeverSetting) -> "Desk":
        """The desk with one lever set anew."""
        levers = tuple(changed if setting.name == changed.name else setting for setting in self.levers)
        return msgspec.structs.replace(self, levers=levers)

    def with_first_lever(self) -> "Desk":
        """The desk with the first lever pulled where none is."""
        if self.pulled:
            return self
        return self.with_lever(msgspec.structs.replace(self.lever(FIRST_LEVER), on=True))

    def with_model(self, name: str) -> "Desk":
        """The desk with the scenario asked of another model."""
        if self.scenario is None:
            return self
        return msgspec.structs.replace(self, scenario=msgspec.structs.replace(self.scenario, model=name), model=name)

    def with_setup(self, other: "Desk") -> "Desk":
        """This desk with the prompt, the model and the levers of another one; the settings of runs stay."""
        return msgspec.structs.replace(
            self, prompt=other.prompt, levers=other.levers, scenario=other.scenario, model=other.model
        )

    def same_setup(self, other: "Desk") -> bool:
        """Whether prompt, model and levers are the same."""
        return (self.prompt, self.levers, self.model) == (other.prompt, other.levers, other.model)

    @property
    def pulled(self) -> tuple[LeverSetting, ...]:
        """The levers that are on, in the order in which they stack."""
        return tuple(setting for setting in self.levers if setting.on)

    @property
    def setup(self) -> tuple[tuple[LeverChoice, ...], str | None]:
        """How the prompt is asked: the levers that are pulled, and another model where there is one."""
        return tuple(setting.choice for setting in self.pulled), self.model

    @property
    def candidate(self) -> str:
        """What the candidate is called: its levers stacked."""
        return " + ".join(BY_NAME[setting.name].spec.title.lower() for setting in self.pulled)

    @property
    def problem(self) -> str:
        """Why no run can be made of this, in one sentence; empty where it can."""
        if self.scenario is None:
            return "no scenario is loaded yet"
        return self.levers_problem or self.settings.problem

    @property
    def levers_problem(self) -> str:
        """Why the levers that are on make no candidate of this prompt, in one sentence; empty where they do."""
        if self.scenario is None:
            return ""
        return self._problem_of([setting.choice for setting in self.pulled])

    def _problem_of(self, levers: Sequence[LeverChoice]) -> str:
        if self.scenario is None:
            return "no scenario is loaded yet"
        try:
            examine(levers, msgspec.structs.replace(self.scenario, prompt=self.prompt))
        except UsageError as error:
            return str(error)
        return ""

    @property
    def race_problem(self) -> str:
        """Why no race can be made of this, in one sentence; empty where it can."""
        sides = (self.racers.left, self.racers.right)
        return next(filter(None, (self._problem_of(self.stack(side)) for side in sides)), "") or self.settings.problem

    def stack(self, racer: Racer) -> tuple[LeverChoice, ...]:
        """The levers of a racer as they are set here."""
        settings = {setting.name: setting.choice for setting in self.levers}
        return racer.levers([setting.choice for setting in self.pulled], settings)

    @property
    def wire(self) -> Connection:
        """Where requests go, at the speed that is set."""
        return msgspec.structs.replace(self.connection, sim_speed=float(self.settings.speed))

    @property
    def _changed_prompt(self) -> Prompt | None:
        return None if self.scenario is None or self.prompt == self.scenario.prompt else self.prompt

    def race(self) -> RunRace:
        """Both racers once, at the same moment."""
        return RunRace(
            scenario=self.source,
            prompt=self._changed_prompt,
            model=self.model,
            levers=self.stack(self.racers.right),
            left=self.stack(self.racers.left),
            budget_usd=self.settings.budget_usd,
            yes=self.yes,
            connection=self.wire,
        )

    def benchmark(self, *, dry: bool = False) -> RunBenchmark:
        """Pairs of both variants, for a verdict; with `dry` only what it would take."""
        return RunBenchmark(
            scenario=self.source,
            prompt=self._changed_prompt,
            model=self.model,
            levers=tuple(setting.choice for setting in self.pulled),
            pairs=int(self.settings.pairs),
            budget_usd=self.settings.budget_usd,
            yes=self.yes,
            live=True,
            dry=dry,
            connection=self.wire,
        )


def _as_loaded(name: str, scenario: Scenario) -> LeverSetting:
    choice = complete(LeverChoice(name), scenario)
    return LeverSetting(name, params={key: str(value) for key, value in choice.params.items()})
