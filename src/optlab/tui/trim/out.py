"""The trimmed prompt out again: as a scenario, as Python, as a diff, written to a file that the user names."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from optlab.core.errors import UsageError
from optlab.core.prompt import Prompt
from optlab.core.scenario import Scenario
from optlab.cuts.files import Ending, out_files
from optlab.render.trim_words import comment
from optlab.tui.writing import name_of, write_whole


class WouldOverwrite(UsageError):
    """The file is there already."""


FORMATS: Mapping[str, Ending] = {"scenario": ".toml", "Python": ".py", "diff": ".diff"}
"""What can be written, with the ending of its file."""


def suggested(scenario: Scenario, kind: str) -> str:
    """A name for the file: the scenario's own, and what was done to it."""
    words = name_of(scenario.name) or "prompt"
    return f"{words}-trimmed{FORMATS[kind]}"


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

    Samples that a scenario file cannot hold, as a check with null in it, stand in a file beside it.

    Raises WouldOverwrite where the file is there and `overwrite` does not allow it, UsageError, in one sentence, where
    the format cannot say it or the file cannot be written. A file is replaced as a whole or not at all.
    """
    if not path.strip():
        raise UsageError("a file needs a name")
    target = Path(path.strip()).expanduser()
    try:
        files = out_files(FORMATS[kind], target.name, scenario, prompt, apart=False)
    except ValueError as error:
        raise UsageError(f"as {kind} this cannot be written: {error}") from None
    beside = [target.with_name(file.name) for file in files[1:]]
    there = next((place for place in (target, *beside) if is_there(place)), None)
    if there is not None and not there.is_dir() and not overwrite:
        raise WouldOverwrite(f"{there} is there already; overwrite it?")
    texts = [(comment(told) if told else "") + files[0].text, *(file.text for file in files[1:])]
    for place, text in reversed(list(zip((target, *beside), texts, strict=True))):  # what the first one names is there
        _put(place, text.encode(), overwrite=overwrite)
    return target.absolute()


def _put(place: Path, data: bytes, *, overwrite: bool) -> None:
    try:
        write_whole(place, data, overwrite=overwrite)
    except FileExistsError:
        if place.is_dir():
            raise UsageError(f"{place} is a folder; name a file in it") from None
        raise WouldOverwrite(f"{place} is there already; overwrite it?") from None
    except OSError as error:
        raise UsageError(f"{place} cannot be written ({error.strerror or error}); choose another place") from None
