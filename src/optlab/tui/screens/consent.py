"""Asks once, before real money is spent."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from optlab.core.plan_events import Planned
from optlab.render.format import duration, line, usd


class ConsentScreen(ModalScreen[bool]):
    """The estimate and the cap, and a yes or a no. Leaving it is a no."""

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Spend it"),
        Binding("n,escape", "answer(False)", "Send nothing"),
    ]
    DEFAULT_CSS = """
    ConsentScreen {
        align: center middle;
        #ask {
            width: 64;
            max-width: 95%;
            height: auto;
            border: round $warning;
            border-title-color: $warning;
            background: $surface;
            padding: 1 2;
        }
        Horizontal { height: auto; align-horizontal: right; margin-top: 1; }
        Button { margin-left: 2; }
    }
    """

    def __init__(self, plan: Planned) -> None:
        super().__init__()
        self._plan = plan

    def compose(self) -> ComposeResult:
        with Vertical(id="ask") as box:
            box.border_title = Content("Real money")
            yield Static(_question(self._plan), markup=False)
            for note in self._plan.notes:
                yield Static(Content.styled(f"⚠ {line(note)}", "$text-warning"), classes="note", markup=False)
            with Horizontal():
                yield Button(Content("Send nothing (n)"), id="no", compact=True)
                yield Button(Content("Spend it (y)"), id="yes", variant="warning", compact=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "yes")

    def action_answer(self, given: bool) -> None:
        """Yes or no."""
        self.dismiss(given)


def _question(plan: Planned) -> Content:
    estimate = plan.estimate
    takes = f", about {duration(estimate.seconds)}" if estimate.seconds is not None else ""
    more = f", at most {usd(estimate.retries_usd)} more for retries" if estimate.retries_usd else ""
    expected = f", about {usd(estimate.expected_usd)} {estimate.basis}" if estimate.expected_usd is not None else ""
    cap = f"It stops before {usd(plan.budget_usd)} are crossed." if plan.budget_usd is not None else "There is no cap."
    return Content.assemble(
        (f"{estimate.calls} calls to {line(plan.server)}{takes}.\n", "$foreground"),
        (f"{usd(estimate.low_usd)} to {usd(estimate.high_usd)}", "bold $text-warning"),
        f" estimated for {line(plan.model)}{expected}{more}. {cap}\n\n",
        ("Asked once a sitting, or above ask_above_usd (config.toml).", "$foreground 60%"),
    )
