"""A scenario as files that stand for themselves: its own, and where there are many samples, theirs beside it."""

from optlab.core.prompt import Prompt
from optlab.core.scenario import Scenario
from optlab.cuts.scenario_toml import SamplesFile, samples_jsonl, scenario_toml

MOST_INLINE = 12
"""So many samples are still pleasant to read in a scenario file."""


def samples_name(stem: str) -> str:
    """What the file of samples beside `STEM.toml` is called."""
    return f"{stem}.samples.jsonl"


def scenario_files(scenario: Scenario, prompt: Prompt, stem: str) -> dict[str, str]:
    """The texts of the files by their names, the scenario's own last, so that it never names what is not there yet.

    Samples stand in the scenario where they are few and TOML can say them. Raises ValueError, in a few words, where a
    text is none that a file can hold.
    """
    name = f"{stem}.toml"
    if len(scenario.samples) <= MOST_INLINE:
        try:
            return {name: scenario_toml(scenario, prompt)}
        except ValueError:  # a null in an expected answer: JSON has a word for it
            pass
    samples = SamplesFile(samples_name(stem), samples_jsonl(scenario))
    return {samples.name: samples.text, name: scenario_toml(scenario, prompt, samples)}
