"""`optlab trim`: what of a prompt can go, verified; or what each piece contributes."""

from pathlib import Path

import click
from click.core import ParameterSource

from optlab.cli.conversation import ask
from optlab.cli.diagnostics import say
from optlab.cli.output import write_study
from optlab.cli.study import Terms, conduct, study_options
from optlab.core.commands import By, FindCuts, LoadScenario, MapHeat
from optlab.core.errors import StorageError, UsageError
from optlab.core.events import ScenarioLoaded
from optlab.core.study import StudyHead
from optlab.core.study_events import CutsFound
from optlab.core.trim_report import TrimReport
from optlab.render.trim_words import comment, passport, search_basis

FINENESS = ("segment", "paragraph", "bullet", "example", "sentence", "auto")


@click.command()
@click.argument("scenario")
@click.option("--goal", default="all-dead", show_default=True, help="all-dead, third, or the tokens to cut down to.")
@click.option(
    "--by",
    type=click.Choice(FINENESS),
    default="segment",
    show_default=True,
    help="The pieces that are tried; auto: segments, then the sentences of those that must stay.",
)
@click.option(
    "--write", "file", type=click.Path(), help="Write the trimmed prompt as a scenario, its samples beside it."
)
@click.option("--heat", is_flag=True, help="Cut nothing: map what each piece contributes, and what it costs.")
@click.option(
    "--orders", type=click.IntRange(2), default=2, show_default=True, help="With --heat: orders of the pieces."
)
@click.option(
    "--items", type=click.IntRange(2), default=12, show_default=True, help="With --heat: samples asked about."
)
@click.option("--again", is_flag=True, help="With --heat: begin anew instead of going on with an earlier map.")
@study_options
def trim(
    scenario: str,
    goal: str,
    by: By,
    file: str | None,
    heat: bool,
    orders: int,
    items: int,
    again: bool,
    terms: Terms,
) -> None:
    """Find what of SCENARIO's prompt can go, and verify it on samples that the search never saw.

    The scenario needs checks. Half of its samples, drawn by the seed, are searched on, the other half is held out; the
    card is the verdict on that half alone.
    """
    if heat:
        if goal != "all-dead" or file is not None:
            raise UsageError("--heat maps the whole prompt and cuts nothing; leave --goal and --write out")
        conduct(MapHeat(scenario, by=by, orders=orders, items=items, again=again), terms)
    context = click.get_current_context()
    for name in ("orders", "items", "again"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise UsageError(f"--{name} is for the heat map; give --heat with it, or leave it out")
    if file is not None and terms.style == "jsonl":
        raise UsageError("--format jsonl tells events alone; leave --write out, or take another format")
    out = None if file is None else _Out(Path(file), scenario)

    def write(end: CutsFound) -> None:
        write_study(end, terms.style)
        if out is not None:
            out.write(end.head, end.report)

    conduct(FindCuts(scenario, goal=goal, by=by), terms, write)


class _Out:
    """Where the trimmed scenario goes: looked at before anything is paid for."""

    def __init__(self, path: Path, scenario: str) -> None:
        """Raises UsageError where the file could not be written, or is there already."""
        if path.suffix != ".toml":
            raise UsageError(f"--write {path}: the name does not end in .toml; give the name of a .toml file")
        if not path.parent.is_dir():
            raise UsageError(f"--write {path}: there is no folder {path.parent}; make it, or give another")
        self._path = path
        self._samples = path.with_name(f"{path.stem}.samples.jsonl")
        for one in (self._path, self._samples):
            if one.exists():
                raise UsageError(f"--write {path}: {one} is there already; give another name, or move it away")
        self._scenario = ask(LoadScenario(scenario), ScenarioLoaded).scenario

    def write(self, head: StudyHead, report: TrimReport) -> None:
        """Write the scenario with the trimmed prompt, and its samples; nothing where nothing was cut."""
        if report.prompt == self._scenario.prompt:
            say(f"nothing was cut, so {self._path} is not written")
            return
        from optlab.cuts.scenario_toml import SamplesFile, samples_jsonl, scenario_toml  # no other command writes one

        samples = SamplesFile(self._samples.name, samples_jsonl(self._scenario))
        model, basis = self._scenario.model, search_basis(report)
        told = passport(model, head, report.card_of_prompt, basis, verified=report.verified)
        text = comment(told) + scenario_toml(self._scenario, report.prompt, samples)
        try:
            self._samples.write_text(samples.text, "utf-8")
            self._path.write_text(text, "utf-8")
        except OSError as error:
            raise StorageError(f"{self._path} cannot be written ({error.strerror}); give another --write") from None
        say(f"{'verified' if report.verified else 'NOT VERIFIED'}: the trimmed scenario is in {self._path}")
