"""A chart as a file in the current folder, and the question before another one is lost."""

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from optlab.core.errors import UsageError
from optlab.render.format import line
from optlab.render.snapshot import Snapshot
from optlab.tui.trim.dialog import DIALOG_CSS
from optlab.tui.writing import name_of, write_whole


def file_name(snapshot: Snapshot, scenario: str, chart: str) -> str:
    """scenario-chart-id.svg; the id is that of the run, where there is one."""
    run = snapshot.report.run_id if snapshot.report else snapshot.plan.run_id if snapshot.plan else ""
    return "-".join(filter(None, (name_of(scenario), chart, run))) + ".svg"


def save(name: str, text: str, *, overwrite: bool) -> Path:
    """Write a file of this name in the current folder; where it stands.

    Raises FileExistsError where it is there and may not be replaced, UsageError in one sentence where it cannot be
    written.
    """
    target = Path.cwd() / name
    try:
        write_whole(target, text.encode(), overwrite=overwrite)
    except FileExistsError:
        if not overwrite:
            raise
        raise UsageError(f"{target} is a folder; move it, or start the lab in another one") from None
    except OSError as error:
        raise UsageError(
            f"{target} cannot be written ({error.strerror or error}); start the lab in a folder of yours"
        ) from None
    return target


class OverwriteScreen(ModalScreen[bool]):
    """Whether a file that is there may be replaced. Leaving it is a no."""

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Replace it"),
        Binding("n,escape", "answer(False)", "Leave it"),
    ]
    DEFAULT_CSS = f"OverwriteScreen {{ {DIALOG_CSS} }}"

    def __init__(self, file: str) -> None:
        super().__init__()
        self._file = file

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content("There already")
            yield Static(Content(f"{line(self._file)} is in this folder already."), classes="line", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(Content("Leave it (n)"), id="no", compact=True)
                yield Button(Content("Replace it (y)"), id="yes", variant="warning", compact=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "yes")

    def action_answer(self, given: bool) -> None:
        """Yes or no."""
        self.dismiss(given)
