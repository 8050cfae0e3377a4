"""A scenario as a file again: it loads to the same scenario but for its prompt.

Samples stay in their file where its name and text are given, else they are written out. Checks that all samples share
are written once. What TOML cannot say (null, in an expected answer or a schema) needs the samples in a file.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import CheckSpec, Sample, Scenario
from optlab.cuts import toml_text


class SamplesFile(msgspec.Struct, frozen=True):
    """A file of samples, one JSON object a line: its name as the scenario file will say it, and what it holds."""

    name: str
    text: str


def scenario_toml(scenario: Scenario, prompt: Prompt, samples: SamplesFile | None = None) -> str:
    """The text of a scenario file with this prompt in the place of the scenario's.

    `samples` is the file that the scenario's samples came from, or one made by `samples_jsonl`. Raises ValueError where
    it does not hold the scenario's last samples, or where a check holds what TOML cannot say.
    """
    rows = _rows(samples) if samples else []
    inline, filed = _parted(scenario.samples, rows)
    shared = _shared(inline, filed, rows)
    return "\n".join(
        part
        for part in (
            toml_text.table(_head(scenario)),
            *(f"[[segment]]\n{toml_text.table(_segment(segment))}" for segment in prompt.segments),
            *(f"[[check]]\n{_check(spec)}" for spec in shared),
            *(_sample(sample, len(shared)) for sample in _written(inline, filed, len(shared))),
            f"[samples]\n{toml_text.table({'file': samples.name})}" if samples else "",
            *(
                f"[lever.{toml_text.key(name)}]\n{toml_text.table(set_)}"
                for name, set_ in scenario.lever_params.items()
            ),
            *(f"[{name}]\n{toml_text.table(told)}" for name, told in _tables(scenario)),
        )
        if part
    )


def samples_jsonl(scenario: Scenario) -> str:
    """All samples as a file, one JSON object a line, each with all of its checks."""
    return "".join(f"{_line(sample)}\n" for sample in scenario.samples)


def _line(sample: Sample) -> str:
    checks = [{"kind": spec.kind, **spec.settings} for spec in sample.checks]
    row: dict[str, Any] = {"id": sample.id, **sample.variables, **({"check": checks} if checks else {})}
    return msgspec.json.encode(row).decode()


def _head(scenario: Scenario) -> dict[str, Any]:
    about = {"about": scenario.about} if scenario.about else {}
    return {"name": scenario.name, **about, "model": scenario.model, "max_tokens": scenario.max_tokens}


def _segment(segment: Segment) -> dict[str, Any]:
    return {
        "name": segment.name,
        "where": segment.where,
        **({"role": segment.role} if segment.role else {}),
        "text": segment.text,
        **({} if segment.on else {"on": False}),
        **({} if segment.trimmable else {"trimmable": False}),
    }


def _tables(scenario: Scenario) -> Iterator[tuple[str, dict[str, Any]]]:
    """Traffic and plan, as far as they say more than nothing."""
    for name, found in (("traffic", scenario.traffic), ("plan", scenario.plan)):
        told = _told(msgspec.to_builtins(found), msgspec.to_builtins(type(found)()))
        if told:
            yield name, told


def _told(found: dict[str, Any], usual: dict[str, Any]) -> dict[str, Any]:
    """What differs from what is usual, tables inside too: what is left out is None there."""
    return {
        field: _told(said, usual[field]) if isinstance(said, dict) else said
        for field, said in found.items()
        if said != usual[field]
    }


def _check(spec: CheckSpec) -> str:
    return toml_text.table({"kind": spec.kind, **spec.settings})


def _sample(sample: Sample, shared: int) -> str:
    own = "".join(f"[[sample.check]]\n{_check(spec)}" for spec in sample.checks[shared:])
    return f"[[sample]]\n{toml_text.table({'id': sample.id, **sample.variables})}{own}"


def _written(inline: Sequence[Sample], filed: Sequence[Sample], shared: int) -> Sequence[Sample]:
    """The samples to write out: not the one that a scenario without any is given."""
    lone = len(inline) == 1 and not filed and inline[0].id == "only" and not inline[0].variables
    return () if lone and len(inline[0].checks) == shared else inline


def _rows(samples: SamplesFile) -> list[dict[str, Any]]:
    """The objects of a file of samples; white space lines hold none."""
    try:
        return [msgspec.json.decode(line, type=dict[str, Any]) for line in samples.text.split("\n") if line.strip()]
    except msgspec.DecodeError as error:
        raise ValueError(f"{samples.name} is no file of samples ({error}); write the samples out instead") from None


def _parted(samples: Sequence[Sample], rows: Sequence[dict[str, Any]]) -> tuple[Sequence[Sample], Sequence[Sample]]:
    """The samples that stand in the scenario file, and those of the file of samples, which come behind them."""
    first = len(samples) - len(rows)
    filed = samples[max(0, first) :]
    same = first >= 0 and all(_is(row, sample) for row, sample in zip(rows, filed, strict=True))
    if not same:
        raise ValueError("the file of samples does not hold the scenario's samples (any more); write them out instead")
    return samples[:first], filed


def _is(row: dict[str, Any], sample: Sample) -> bool:
    """Whether a row of a file is a sample; what a check reads from a further file is not looked at."""
    own = row.get("check", [])
    told = [{"kind": spec.kind, **spec.settings} for spec in sample.checks[max(0, len(sample.checks) - len(own)) :]]
    return (
        row.get("id") == sample.id
        and {name: str(said) for name, said in row.items() if name not in ("id", "check")} == sample.variables
        and len(own) == len(told)
        and all(check == spec or "file" in check for check, spec in zip(own, told, strict=True))
    )


def _shared(inline: Sequence[Sample], filed: Sequence[Sample], rows: Sequence[dict[str, Any]]) -> tuple[CheckSpec, ...]:
    """The checks that all samples have in front of their own: as many as their file leaves to the scenario."""
    if filed:
        counts = {len(sample.checks) - len(row.get("check", [])) for sample, row in zip(filed, rows, strict=True)}
        most = counts.pop()
        if counts or most < 0:
            raise ValueError("the file of samples has other checks than the scenario; write the samples out instead")
    else:
        most = min(len(sample.checks) for sample in inline)
    first = (filed or inline)[0].checks[:most]
    alike = [all(s.checks[at : at + 1] == (spec,) for s in (*inline, *filed)) for at, spec in enumerate(first)]
    agreed = alike.index(False) if False in alike else len(first)
    if filed and agreed < most:
        raise ValueError("the file of samples has other checks than the scenario; write the samples out instead")
    return first[:agreed]
