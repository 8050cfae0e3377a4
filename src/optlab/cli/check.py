"""`optlab check`: what is in a scenario, and the scenario that a request or a log of requests becomes, as a file."""

from pathlib import Path

import click
import msgspec

from optlab.cli.conversation import ask
from optlab.cli.diagnostics import say
from optlab.cli.options import format_option
from optlab.cli.output import Format, write_grid, write_json
from optlab.core.commands import LoadScenario
from optlab.core.errors import StorageError, UsageError
from optlab.core.events import ScenarioLoaded
from optlab.core.scenario import Scenario
from optlab.render.tables import scenario_grid


@click.command()
@click.argument("scenario")
@click.option("--write", "file", type=click.Path(), help="Write it as a scenario file, many samples beside it.")
@format_option("table", "json", "markdown")
def check(scenario: str, file: str | None, style: Format) -> None:
    """Read SCENARIO and say what is in it, or what is wrong with it.

    SCENARIO is a TOML file, the bare name of one that comes with optlab, a Messages request (JSON), or a log of
    requests (one a line): with --write such a file becomes a scenario of its own.
    """
    found = ask(LoadScenario(scenario), ScenarioLoaded)
    if style == "json":
        write_json(msgspec.to_builtins(found.scenario))
        for note in found.notes:
            say(f"Look at this: {note}.")
    else:
        write_grid(scenario_grid(found.scenario, found.judging, found.notes), style)
    if file is not None:
        _write(Path(file), found.scenario)


def _write(path: Path, scenario: Scenario) -> None:
    from optlab.cuts.scenario_files import scenario_files  # seldom wanted

    if path.suffix != ".toml" or not path.parent.is_dir():
        raise UsageError(f"--write {path}: give the name of a .toml file in a folder that is there")
    try:
        files = {
            path.with_name(name): text for name, text in scenario_files(scenario, scenario.prompt, path.stem).items()
        }
    except ValueError as error:
        raise UsageError(f"--write {path}: this cannot be written as a scenario ({error})") from None
    for one in files:
        if one.exists():
            raise UsageError(f"--write {path}: {one} is there already; give another name, or move it away")
    try:
        for one, text in files.items():
            one.write_bytes(text.encode())
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror}); give another --write") from None
    say(f"the scenario is in {path}")
