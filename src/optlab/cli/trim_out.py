"""Where `optlab trim` writes a trimmed prompt: looked at before anything is paid for."""

from pathlib import Path

from optlab.cli.diagnostics import say
from optlab.core.errors import StorageError, UsageError
from optlab.core.prompt import Prompt
from optlab.core.scenario import Scenario
from optlab.core.study import StudyHead
from optlab.core.trim_report import TrimReport
from optlab.cuts.files import ENDINGS, Ending, OutFile, out_files, samples_name
from optlab.render.trim_words import comment, passport, search_basis

_WHAT = {".toml": "the trimmed scenario", ".py": "the trimmed prompt as Python", ".diff": "the diff"}


class Out:
    """A file by its ending: a scenario with its samples beside it, Python, a diff."""

    def __init__(self, path: Path, scenario: Scenario) -> None:
        """Raises UsageError where the file could not be written, is there already, or could not say the scenario."""
        if path.suffix not in ENDINGS:
            raise UsageError(
                f"--write {path}: the name ends in none of {', '.join(ENDINGS)}; give a .toml for a scenario, a .py "
                "for Python, or a .diff"
            )
        if not path.parent.is_dir():
            raise UsageError(f"--write {path}: there is no folder {path.parent}; make it, or give another")
        self._path = path
        self._ending: Ending = path.suffix
        beside = [path.with_name(samples_name(path.name))] if path.suffix == ".toml" else []
        for one in (path, *beside):
            if one.exists():
                raise UsageError(f"--write {path}: {one} is there already; give another name, or move it away")
        self._scenario = scenario
        self._files(scenario.prompt)

    def write_found(self, head: StudyHead, report: TrimReport) -> None:
        """Write what a search cut the prompt to; nothing where nothing was cut."""
        model, basis = self._scenario.model, search_basis(report)
        told = passport(model, head, report.card_of_prompt, basis, verified=report.verified)
        self._write(report.prompt, told, verified=report.verified)

    def write_free(self, prompt: Prompt) -> None:
        """Write the prompt with free wins taken, about which nothing was asked; nothing where none was."""
        self._write(prompt, passport(self._scenario.model, None, None, "", verified=False), verified=False)

    def _write(self, prompt: Prompt, told: tuple[str, ...], *, verified: bool) -> None:
        if prompt == self._scenario.prompt:
            say(f"nothing was cut, so {self._path} is not written")
            return
        first, *beside = self._files(prompt)
        try:
            for file in (*beside, OutFile(first.name, comment(told) + first.text)):
                self._path.with_name(file.name).write_text(file.text, "utf-8")
        except OSError as error:
            raise StorageError(f"{self._path} cannot be written ({error.strerror}); give another --write") from None
        say(f"{'verified' if verified else 'NOT VERIFIED'}: {_WHAT[self._ending]} is in {self._path}")

    def _files(self, prompt: Prompt) -> tuple[OutFile, ...]:
        try:
            return out_files(self._ending, self._path.name, self._scenario, prompt, apart=True)
        except ValueError as error:
            raise UsageError(f"--write {self._path}: this cannot be written: {error}") from None
