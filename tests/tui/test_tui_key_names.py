"""docs/config.md lists every key of the lab by the name under which config.toml can change it."""

from pathlib import Path

from textual.binding import Binding

from optlab.tui.app import LabApp
from optlab.tui.frames.screen import FramedScreen
from optlab.tui.places.charts import ChartsScreen
from optlab.tui.places.guide import GuideScreen
from optlab.tui.places.history import HistoryScreen
from optlab.tui.screens.lab import LabScreen
from optlab.tui.trim.screen import TrimScreen

PAGE = Path(__file__).parents[2] / "docs" / "config.md"


def declared() -> list[Binding]:
    """Every key with a name, place by place."""
    kinds = (LabScreen, TrimScreen, ChartsScreen, HistoryScreen, GuideScreen, FramedScreen, LabApp)
    bindings = [binding for kind in kinds for binding in kind.__dict__.get("BINDINGS", ())]
    return [binding for binding in bindings if isinstance(binding, Binding) and binding.id and binding.tooltip]


def rows() -> list[str]:
    return [f"| `{binding.id}` | `{binding.key}` | {binding.tooltip} |" for binding in declared()]


def test_the_page_lists_every_key() -> None:
    page = PAGE.read_text(encoding="utf-8")
    _, _, listed = page.partition("## Names of keys\n")
    assert [line for line in listed.splitlines() if line.startswith("| `")] == rows()


def test_names_are_unique() -> None:
    names = [binding.id for binding in declared()]
    assert len(names) == len(set(names))
