"""A scenario file in TOML, read strictly: refused in one sentence with file, line, key and what is expected."""

import math
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from optlab.catalogue import load as load_catalogue
from optlab.core.errors import ScenarioError, UsageError
from optlab.core.experiment import LeverChoice
from optlab.core.metrics import STREAMED_ONLY
from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import CheckSpec, ParamValue, Sample, Scenario
from optlab.engine.complaints import Complaints
from optlab.engine.placeholders import missing
from optlab.engine.requests import examine_prompt
from optlab.engine.scenario_checks import CheckReader
from optlab.engine.scenario_tables import ScenarioTable, SegmentTable
from optlab.levers import complete

HIGHEST_MAX_TOKENS = 1_000_000
"""Where the model, and so its own limit, is unknown."""
MOST_ATTEMPTS = 10


def highest_max_tokens(model: str) -> int:
    """The most tokens that an answer of a model can be allowed."""
    known = load_catalogue().find(model)
    return (known.limits.max_output_tokens if known else None) or HIGHEST_MAX_TOKENS


class ScenarioFile:
    """Turns one file into a Scenario; knows the file's name and lines for its complaints."""

    def __init__(self, label: str, path: Path, text: str) -> None:
        self._label = label
        self._folder = path.resolve().parent
        self._text = text
        self._complaints = Complaints(label, text)
        self._complain = self._complaints.at
        self._places: dict[str, tuple[str, tuple[str, int] | None]] = {}
        """Where each sample stands, by its id: its key, and in a samples file its line."""
        self._checks = CheckReader(self._complaints, self._file)

    def scenario(self) -> Scenario:
        table = self._table()
        checks = tuple(self._checks.read(spec, f"check[{i}]") for i, spec in enumerate(table.check))
        scenario = Scenario(
            name=table.name,
            model=table.model,
            max_tokens=table.max_tokens,
            prompt=Prompt(tuple(self._segment(s, f"segment[{i}]") for i, s in enumerate(table.segment))),
            samples=tuple(self._samples(table, checks)) or (Sample("only", checks=checks),),
            about=table.about,
            lever_params={name: self._params(name, params) for name, params in table.lever.items()},
            traffic=table.traffic,
            plan=table.plan,
            source=self._label,
        )
        self._examine(scenario)
        return scenario

    def _table(self) -> ScenarioTable:
        try:
            return msgspec.convert(tomllib.loads(self._text), ScenarioTable)
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"^(.*) \(at line (\d+), column (\d+)\)$", str(error))
            words, line = (found.group(1), found.group(2)) if found else (str(error), "1")
            raise ScenarioError(f"{self._label}, line {line}: this is not valid TOML ({words})") from None
        except msgspec.ValidationError as error:
            self._complaints.of(error)
        except (ValueError, RecursionError) as error:
            why = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
            raise ScenarioError(f"{self._label}: this cannot be read as TOML ({why}); make it simpler") from None

    def _params(self, lever: str, params: dict[str, Any]) -> dict[str, ParamValue]:
        for name, value in params.items():
            if not isinstance(value, str | int | float) or not math.isfinite(value if isinstance(value, float) else 0):
                self._complain(f"lever.{lever}.{name}", "a lever's parameter is text or a number")
        return params

    def _segment(self, table: SegmentTable, at: str) -> Segment:
        if (table.text is None) == (table.file is None):
            self._complain(at, f"the segment {table.name!r} needs exactly one of `text` and `file`")
        if (table.where == "history") != (table.role is not None):
            self._complain(at, "`role` (user or assistant) belongs to history segments, and every one of them needs it")
        text = table.text if table.text is not None else self._file(table.file or "", f"{at}.file")
        return Segment(table.name, table.where, text, table.role, table.on, table.trimmable)

    def _file(self, name: str, at: str) -> str:
        try:
            path = (self._folder / name).resolve()
            if not path.is_relative_to(self._folder):
                self._complain(
                    at, f"{name!r} lies outside the scenario's folder; keep every file of a scenario inside it"
                )
            return path.read_text("utf-8-sig")
        except UnicodeDecodeError:
            self._complain(at, f"{name!r} cannot be read as UTF-8 text (it is not UTF-8)")
        except FileNotFoundError:
            self._complain(at, f"{name!r} is missing; add that file, or mend its name")
        except OSError as error:
            self._complain(at, f"{name!r} cannot be read as UTF-8 text ({error.strerror})")
        except ValueError:
            self._complain(at, f"{name!r} is no name that a file can have")

    def _samples(self, table: ScenarioTable, checks: tuple[CheckSpec, ...]) -> Iterator[Sample]:
        for index, row in enumerate(table.sample):
            yield self._sample(row, checks, f"sample[{index}]")
        if table.samples is None:
            return
        found = 0
        # Only \n ends a line: other line ends of Unicode may stand inside a text.
        for number, line in enumerate(self._file(table.samples.file, "samples.file").split("\n"), 1):
            if line.strip():
                found += 1
                with self._complaints.row((table.samples.file, number)):
                    yield self._sample_line(table.samples.file, number, line, checks)
        if not found:
            self._complain("samples.file", f"{table.samples.file!r} holds no sample; write one JSON object a line")

    def _sample_line(self, name: str, number: int, line: str, checks: tuple[CheckSpec, ...]) -> Sample:
        try:
            row = msgspec.json.decode(line, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError) as error:
            why = str(error).partition(" - at `")[0]
            raise ScenarioError(f"{name}, line {number}: a sample is one JSON object a line ({why})") from None
        return self._sample(row, checks, "sample")

    def _sample(self, row: dict[str, Any], shared: tuple[CheckSpec, ...], at: str) -> Sample:
        own = row.get("check", [])
        if not isinstance(row.get("id"), str) or not isinstance(own, list):
            self._complain(f"{at}.id", "every sample needs a text `id`, and its checks as [[sample.check]]")
        variables: dict[str, str] = {}
        if row["id"] in self._places:
            self._complain(f"{at}.id", f"{row['id']!r} is there twice; every sample needs its own id")
        self._places[row["id"]] = at, self._complaints.here
        for name, value in row.items():
            if name in ("id", "check"):
                continue
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                self._complain(f"{at}.{name}", "a sample's value must be text or a number")
            try:
                variables[name] = str(value)
            except ValueError:
                self._complain(f"{at}.{name}", "this number has too many digits; write it as text")
        checks = tuple(self._checks.read(spec, f"{at}.check[{i}]") for i, spec in enumerate(own))
        return Sample(row["id"], variables, (*shared, *checks))

    def _examine(self, scenario: Scenario) -> None:
        """What no single value can tell: names that are twice there, limits, a prompt that asks nothing."""
        names = [s.name for s in scenario.prompt.segments]
        for index, name in enumerate(names):
            if name in names[:index]:
                self._complain(f"segment[{index}].name", f"{name!r} is there twice; every segment needs its own name")
        highest = highest_max_tokens(scenario.model)
        if not 1 <= scenario.max_tokens <= highest:
            self._complain("max_tokens", f"expected a whole number from 1 to {highest:,}")
        for name, params in scenario.lever_params.items():
            try:
                complete(LeverChoice(name, params))
            except UsageError as error:
                named = next((key for key in params if key in str(error)), None)
                self._complain(f"lever.{name}.{named}" if named else f"lever.{name}", str(error))
        self._examine_plan(scenario)
        self._checks.examine(scenario.samples)
        lacking = missing(scenario)
        if lacking is not None:
            at, here = self._places[lacking.sample]
            with self._complaints.row(here):
                self._complain(f"{at}.{lacking.variable}", lacking.words)
        try:
            examine_prompt(scenario)
        except ScenarioError as error:
            self._complain("segment", str(error))

    def _examine_plan(self, scenario: Scenario) -> None:
        plan = scenario.plan
        for name in ("delta_min", "alpha", "quality_margin", "truncation_limit"):
            if not 0 < getattr(plan, name) < 1:
                self._complain(f"plan.{name}", "expected a fraction between 0 and 1")
        if plan.primary in STREAMED_ONLY:
            self._complain(
                "plan.primary",
                f"{plan.primary} exists only where both variants stream, and the baseline does not; take first_visible",
            )
        if plan.pairs < 1:
            self._complain("plan.pairs", "expected at least one pair")
        if not 1 <= plan.attempts <= MOST_ATTEMPTS:
            self._complain("plan.attempts", f"expected a whole number from 1 (no retries) to {MOST_ATTEMPTS}")
        amounts = {"plan.time_limit_s": plan.time_limit_s, "plan.budget_usd": plan.budget_usd}
        amounts |= {f"plan.slo.{name}": limit for name, limit in msgspec.structs.asdict(plan.slo).items()}
        for name, amount in {**amounts, "traffic.per_minute": scenario.traffic.per_minute}.items():
            if amount is not None and not (math.isfinite(amount) and amount > 0):
                self._complain(name, "expected a number above 0")
