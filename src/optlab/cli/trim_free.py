"""`optlab trim --wins`: what can go without a call, listed, and written where a file is named."""

from pathlib import Path

from optlab.cli.conversation import ask
from optlab.cli.output import Format, write_as
from optlab.cli.trim_out import Out
from optlab.core.commands import LoadScenario
from optlab.core.errors import UsageError
from optlab.core.events import ScenarioLoaded
from optlab.cuts.wins import find, take_all
from optlab.render.cuts import wins_object, wins_sheet


def list_free(name: str, file: str | None, style: Format) -> None:
    """List the free wins of a scenario; its prompt with all of them taken goes into the file."""
    if style == "jsonl":
        raise UsageError("--format jsonl tells events, and --wins has none; take --format json")
    scenario = ask(LoadScenario(name), ScenarioLoaded).scenario
    out = None if file is None else Out(Path(file), scenario)
    prompt, _ = take_all(scenario)
    write_as(style, wins_object, wins_sheet, scenario, find(scenario), prompt)
    if out is not None:
        out.write_free(prompt)
