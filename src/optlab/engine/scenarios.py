"""The scenarios one can name: a TOML file, a raw Messages request or a log of them, or one that comes with optlab."""

from importlib import resources
from pathlib import Path

import msgspec

from optlab.core.errors import ScenarioError, UsageError
from optlab.core.scenario import Scenario, ScenarioHead
from optlab.engine.placeholders import notes
from optlab.engine.raw_requests import is_raw, scenario_of
from optlab.engine.scenario_file import ScenarioFile, highest_max_tokens


def bundled() -> dict[str, Path]:
    """The scenarios that come with optlab, by name."""
    folder = Path(str(resources.files("optlab"))) / "scenarios"
    if not folder.is_dir():  # a source checkout keeps them at its top level
        folder = Path(__file__).resolve().parents[3] / "scenarios"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def load(name: str) -> Scenario:
    """The scenario of a file, or a bundled one by its bare name. Raises ScenarioError in one sentence."""
    return load_noted(name)[0]


def load_noted(name: str) -> tuple[Scenario, tuple[str, ...]]:
    """The same with what is worth a second look before anything is paid for, each in one sentence."""
    scenario, told = read(name)
    return scenario, (*told, *notes(scenario))


def read(name: str) -> tuple[Scenario, tuple[str, ...]]:
    """The scenario, and what a file of requests said that it does not say any more, each in one sentence."""
    path = Path(name)
    try:
        if name in bundled() and not path.is_file():
            path = bundled()[name]
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise ScenarioError(
            f"{name}: there is no such file; the scenarios that come with optlab are {', '.join(bundled())} "
            "(give the bare name)"
        ) from None
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{name}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no file can have such a name"
        raise ScenarioError(f"{name}: cannot be read ({why}); give the path of a scenario file") from None
    return scenario_of(name, text) if is_raw(path.name, text) else (ScenarioFile(name, path, text).scenario(), ())


def heads() -> tuple[ScenarioHead, ...]:
    """The bundled scenarios, each in a line."""
    found = {name: load(name) for name in bundled()}
    return tuple(ScenarioHead(name, s.about, s.model, len(s.samples), s.check_kinds) for name, s in found.items())


def with_model(scenario: Scenario, name: str) -> Scenario:
    """The scenario asked of another model. Raises UsageError where that may not answer at such length."""
    limit = highest_max_tokens(name)
    if scenario.max_tokens > limit:
        raise UsageError(
            f"{name} answers with at most {limit:,} tokens, the scenario asks for {scenario.max_tokens:,}; "
            "take another model, or a smaller max_tokens in the scenario"
        )
    return msgspec.structs.replace(scenario, model=name)
