"""A scenario saved as it stands on the desk: its prompt as edited, and the parameters of levers that are pulled."""

import stat
import tomllib
from pathlib import Path

import msgspec

from optlab.core.errors import UsageError
from optlab.core.experiment import LeverChoice
from optlab.core.scenario import ParamValue, Scenario
from optlab.cuts.scenario_files import scenario_files
from optlab.cuts.scenario_toml import SamplesFile, scenario_toml
from optlab.levers import complete
from optlab.tui.desk import Desk
from optlab.tui.files.atomic import replace_file
from optlab.tui.files.unsaved import identity

NEW_FILE = 0o644


class WouldOverwrite(UsageError):
    """Something is there already."""


def to_save(desk: Desk) -> Scenario:
    """The scenario that would be saved. Raises UsageError where a pulled lever's parameter makes no sense."""
    assert desk.scenario is not None
    params = dict(desk.scenario.lever_params)
    for setting in desk.pulled:
        loaded = complete(LeverChoice(setting.name), desk.scenario).params
        typed = complete(setting.choice).params
        changed: dict[str, ParamValue] = {name: value for name, value in typed.items() if value != loaded[name]}
        if changed:
            params[setting.name] = {**params.get(setting.name, {}), **changed}
    return msgspec.structs.replace(desk.scenario, prompt=desk.prompt, lever_params=params)


def unsaved(desk: Desk) -> bool:
    """Whether the file says anything else than what would be saved."""
    if desk.scenario is None:
        return False
    try:
        return desk.model is not None or to_save(desk) != desk.scenario
    except UsageError:
        return True


def files_to_write(desk: Desk, target: Path) -> dict[Path, bytes]:
    """What saving writes, by path, the scenario's own file last. Samples stay in their file where it is saved in place.

    Raises UsageError in one sentence.
    """
    scenario = to_save(desk)
    try:
        samples = _samples_file(target) if identity(desk.source) == identity(str(target)) else None
        if samples is not None:
            return {target: scenario_toml(scenario, scenario.prompt, samples).encode()}
        texts = scenario_files(scenario, scenario.prompt, target.stem)
        return {target.with_name(name): text.encode() for name, text in texts.items()}
    except ValueError as error:
        raise UsageError(f"this cannot be saved as a scenario: {error}") from None


def save(desk: Desk, name: str, *, overwrite: bool) -> Path:
    """Save as a file of this name; gives its path. Each file is replaced as a whole or not at all.

    Raises WouldOverwrite where `overwrite` does not allow what it would take, else UsageError in one sentence.
    """
    target = _target(name)
    files = files_to_write(desk, target)
    if not overwrite and (there := [path for path in files if path.exists()]):
        what = " and ".join(path.name for path in there)
        raise WouldOverwrite(f"{what} is there already; ⏎ once more overwrites it")
    try:
        for path, data in files.items():
            mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else NEW_FILE
            replace_file(path.resolve(), data, mode)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no file can have such a name"
        raise UsageError(f"{target} cannot be written ({why}); choose another place") from None
    return target


def losses(path: Path) -> str:
    """What a scenario file loses when it is saved in place, in one sentence; empty where nothing."""
    try:
        text = path.read_text("utf-8-sig")
        table = tomllib.loads(text)
    except (OSError, ValueError, RecursionError):
        return ""
    segments = [segment for segment in table.get("segment", []) if isinstance(segment, dict)]
    said = {row.strip() for segment in segments for row in str(segment.get("text", "")).splitlines()}
    lost = []
    if any(row.strip().startswith("#") and row.strip() not in said for row in text.splitlines()):
        lost.append("comments are not kept")
    if any("file" in segment for segment in segments):
        lost.append("texts from other files are written into this one")
    return f"{' and '.join(lost).capitalize()}." if lost else ""


def _target(name: str) -> Path:
    if not name.strip():
        raise UsageError("a file needs a name")
    try:
        target = Path(name.strip()).expanduser().absolute()
        if target.is_dir():
            raise UsageError(f"{target} is a folder; name a file in it")
        if target.suffix != ".toml":
            raise UsageError("a scenario is saved as a .toml file; give it that ending")
        if not target.parent.is_dir():
            raise UsageError(f"{target.parent} is no folder; name one that is there")
    except (OSError, ValueError, RuntimeError):
        raise UsageError("no file can have such a name; choose another one") from None
    return target


def _samples_file(path: Path) -> SamplesFile | None:
    """The file of samples that a scenario file names, as it is now; None where it names none that can be read."""
    try:
        name = tomllib.loads(path.read_text("utf-8-sig"))["samples"]["file"]
        return SamplesFile(name, (path.parent / name).read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return None
