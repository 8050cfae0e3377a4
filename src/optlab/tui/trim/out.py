"""The trimmed prompt out again: as a scenario, as Python, as a diff, written to a file that the user names."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from optlab.core.errors import UsageError
from optlab.core.prompt import Prompt
from optlab.core.scenario import Scenario
from optlab.cuts.difference import prompt_diff
from optlab.cuts.python_code import python_code
from optlab.cuts.scenario_toml import scenario_toml
from optlab.render.trim_words import comment
from optlab.tui.writing import name_of, write_whole


class WouldOverwrite(UsageError):
    """The file is there already."""


Writer = Callable[[Scenario, Prompt], str]
FORMATS: Mapping[str, tuple[str, Writer]] = {
    "scenario": (".toml", scenario_toml),
    "Python": (".py", python_code),
    "diff": (".diff", lambda scenario, prompt: prompt_diff(scenario.prompt, prompt)),
}
"""What can be written, with the ending of its file and what makes its text."""


def suggested(scenario: Scenario, kind: str) -> str:
    """A name for the file: the scenario's own, and what was done to it."""
    words = name_of(scenario.name) or "prompt"
    return f"{words}-trimmed{FORMATS[kind][0]}"


def place_of(path: str) -> Path | None:
    """Where a file of this name would stand; None where it is no name. Raises nothing."""
    name = path.strip()
    try:
        return Path(name).expanduser().absolute() if name else None
    except (OSError, RuntimeError):
        return None


def is_there(place: Path) -> bool:
    """Whether something stands at a place already, as far as can be seen."""
    try:
        return place.exists()
    except (OSError, ValueError):
        return False


def write_out(
    path: str, kind: str, scenario: Scenario, prompt: Prompt, *, overwrite: bool, told: Sequence[str] = ()
) -> Path:
    """Write the prompt in a format, below what is `told` of it in a comment; the path it stands at.

    Raises WouldOverwrite where the file is there and `overwrite` does not allow it, UsageError, in one sentence, where
    the format cannot say it or the file cannot be written. A file is replaced as a whole or not at all.
    """
    try:
        text = (comment(told) if told else "") + FORMATS[kind][1](scenario, prompt)
    except ValueError as error:
        raise UsageError(f"as {kind} this cannot be written: {error}") from None
    if not path.strip():
        raise UsageError("a file needs a name")
    target = Path(path.strip()).expanduser()
    try:
        write_whole(target, text.encode(), overwrite=overwrite)
    except FileExistsError:
        if target.is_dir():
            raise UsageError(f"{target} is a folder; name a file in it") from None
        raise WouldOverwrite(f"{target} is there already; overwrite it?") from None
    except OSError as error:
        raise UsageError(f"{target} cannot be written ({error.strerror or error}); choose another place") from None
    return target.absolute()
