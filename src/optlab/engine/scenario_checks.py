"""The checks of a scenario file: each read strictly by its kind, a schema from its file, judges looked at together."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from optlab.checks import BY_KIND
from optlab.checks.judge import Judge, settings_of
from optlab.core.scenario import JUDGE, CheckSpec, Sample
from optlab.engine.complaints import Complaints

KINDS = (*BY_KIND, JUDGE)


class CheckReader:
    """Reads checks; complains of a broken one by file, line and key. `read_file` gives the text of a file."""

    def __init__(self, complaints: Complaints, read_file: Callable[[str, str], str]) -> None:
        self._complaints = complaints
        self._complain = complaints.at
        self._read_file = read_file
        self._judges: list[tuple[str, tuple[str, int] | None, Judge]] = []
        """Every judge, with its key and, in a samples file, its line."""

    def read(self, spec: Any, at: str) -> CheckSpec:
        """The check that stands at a key."""
        if not isinstance(spec, dict):
            self._complain(at, "a check is a table with a `kind` and that kind's settings")
        settings = {key: value for key, value in spec.items() if key != "kind"}
        kind = spec.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            self._complain(
                f"{at}.kind", f"a check's kind is one of {', '.join(KINDS)}, not {kind!r}; docs/scenarios.md has each"
            )
        if kind == "json_schema" and "file" in settings:
            settings = self._with_schema(settings, at)
        try:
            if kind == JUDGE:
                self._judges.append((at, self._complaints.here, settings_of(settings)))
            else:
                BY_KIND[kind].parse(settings)
        except msgspec.ValidationError as error:
            self._complaints.of(error, at)
        return CheckSpec(kind, settings)

    def _with_schema(self, settings: dict[str, Any], at: str) -> dict[str, Any]:
        """The settings with the schema itself in the place of its file."""
        if "schema" in settings or not isinstance(settings["file"], str):
            self._complain(at, "a json_schema check needs exactly one of `schema` (a table) and `file` (a name)")
        try:
            schema = msgspec.json.decode(self._read_file(settings["file"], f"{at}.file"))
        except (msgspec.DecodeError, RecursionError) as error:
            self._complain(f"{at}.file", f"{settings['file']!r} is no JSON ({error})")
        return {**{key: value for key, value in settings.items() if key != "file"}, "schema": schema}

    def examine(self, samples: Sequence[Sample]) -> None:
        """What no single check can tell: two judges on one sample, labels for a sample that is not there."""
        for sample in samples:
            judges = sum(check.kind == JUDGE for check in sample.checks)
            if judges > 1:
                at, here, _ = self._judges[-1]
                with self._complaints.row(here):
                    self._complain(at, f"the sample {sample.id!r} has {judges} judges; let one judge with one rubric")
        ids = {sample.id for sample in samples}
        for at, here, judge in self._judges:
            unknown = [label.sample for label in judge.labels if label.sample is not None and label.sample not in ids]
            if unknown:
                with self._complaints.row(here):
                    self._complain(f"{at}.labels", f"a label names the sample {unknown[0]!r}, which is not there")
