"""The catalogue's models to choose from, each with its prices, limits and place in life beside it."""

from collections.abc import Mapping
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import DataTable, Footer, Static

from optlab.catalogue import Model, Rates, load
from optlab.tui.keys import Keys

_key = Keys("models")
_COLUMNS = ("model", "$ in", "$ out", "life", "$ read", "caches from", "answers to", "context", "thinking")


def row(model: Model, own: Rates | None) -> tuple[str, ...]:
    """A model in a line: dollars per million tokens (the user's own price first), tokens, status with dates."""
    prices = own or model.prices.tiers[0]
    life = model.lifecycle
    ends = f", retires {life.retires}" if life.retires else ""
    longer = model.prices.tiers[0].up_to_prompt_tokens if own is None else None
    dearer = f" (to {longer:,})" if longer else ""
    return (
        model.id,
        f"{prices.input:g}{dearer}",
        f"{prices.output:g}",
        f"{life.status}{ends}{', own price' if own else ''}",
        f"{prices.cache_read:g}",
        f"{model.limits.min_cacheable_tokens:,}",
        f"{model.limits.max_output_tokens:,}",
        f"{model.limits.context_window:,}",
        "on unasked" if model.capabilities.thinking.on_by_default else "off unasked",
    )


class ModelScreen(ModalScreen[str | None]):
    """A table of models; enter answers with the id at the cursor, escape with None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("escape", "dismiss(None)", "Back", "Leave the model as it is", shown_as="esc"),
    ]
    DEFAULT_CSS = """
    ModelScreen {
        align: center middle;
        #box { width: 128; max-width: 100%; height: auto; max-height: 90%; background: $surface; }
        #box { border: round $primary; }
        DataTable { height: auto; max-height: 1fr; background: $surface; }
        Static { padding: 0 1; color: $text-muted; }
    }
    """

    def __init__(self, what: str, now: str, own: Mapping[str, Rates]) -> None:
        super().__init__()
        self._what, self._now, self._own = what, now, own

    def compose(self) -> ComposeResult:
        with Vertical(id="box") as box:
            box.border_title = Content(self._what)
            box.border_subtitle = Content(f"enter takes it, esc leaves {self._now or 'it'}")
            yield DataTable(cursor_type="row", zebra_stripes=False)
            yield Static(
                Content(f"USD per million tokens, limits in tokens; the catalogue as of {load().as_of}."), markup=False
            )
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        at, rows = 0, []
        for number, model in enumerate(load().models):
            names = (model.id, *model.aliases)
            own = next((self._own[name] for name in names if name in self._own), None)
            rows.append(row(model, own))
            at = number if self._now in names else at
        for title, *cells in zip(_COLUMNS, *rows, strict=True):
            table.add_column(title, width=max(map(cell_len, (title, *cells))))
        for shown in rows:
            table.add_row(*(Content(cell) for cell in shown), key=shown[0])
        table.move_cursor(row=at)
        table.focus()

    @on(DataTable.RowSelected)
    def _chosen(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.dismiss(event.row_key.value)
