"""A prompt out again, as the files to write: a scenario, Python for the `anthropic` client, or a diff."""

from pathlib import PurePath
from typing import Literal, get_args

import msgspec

from optlab.core.prompt import Prompt
from optlab.core.scenario import Scenario
from optlab.cuts.difference import prompt_diff
from optlab.cuts.python_code import python_code
from optlab.cuts.scenario_toml import SamplesFile, samples_jsonl, scenario_toml

Ending = Literal[".toml", ".py", ".diff"]
"""How a file's name ends, by which it is known what stands in it."""
ENDINGS: tuple[Ending, ...] = get_args(Ending)


class OutFile(msgspec.Struct, frozen=True):
    """A file to write: its name, without a folder, and what it holds."""

    name: str
    text: str


def samples_name(name: str) -> str:
    """The name of the samples that stand beside a scenario of this name."""
    return f"{PurePath(name).stem}.samples.jsonl"


def out_files(ending: Ending, name: str, scenario: Scenario, prompt: Prompt, *, apart: bool) -> tuple[OutFile, ...]:
    """The file `name` with the scenario's prompt replaced, and behind it the file of samples that it needs, if any.

    With `apart` the samples of a scenario stand in a file of their own; without, only where a check holds what TOML
    cannot say, as null. Raises ValueError where the prompt makes no request, or a text is none that a file can hold.
    """
    if ending == ".py":
        return (OutFile(name, python_code(scenario, prompt)),)
    if ending == ".diff":
        return (OutFile(name, prompt_diff(scenario.prompt, prompt)),)
    if not apart:
        try:
            return (OutFile(name, scenario_toml(scenario, prompt)),)
        except ValueError:  # JSON can say more than TOML
            pass
    samples = SamplesFile(samples_name(name), samples_jsonl(scenario))
    return OutFile(name, scenario_toml(scenario, prompt, samples)), OutFile(samples.name, samples.text)
