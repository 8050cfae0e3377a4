"""Paints one chart, anew when its data, its size or the colours change, at most twice a second."""

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.content import Content
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from optlab.render.charts.chart import Chart
from optlab.render.snapshot import Snapshot
from optlab.render.styled import RGB, Lines, Palette

SERIES = ("primary", "success", "warning", "error", "accent", "secondary")
"""Colours of the theme, one a variant, the baseline's first."""

REDRAW_S = 0.5


class ChartView(Widget, can_focus=True):
    """A chart with its title in the border."""

    DEFAULT_CSS = """
    ChartView {
        border: round $foreground 20%;
        border-title-color: $text-muted;
        border-title-style: none;
        height: 1fr;
        width: 1fr;
        padding: 0 1 0 0;
        &:focus { border: round $primary; border-title-color: $primary; }
    }
    """

    def __init__(self, chart: Chart) -> None:
        super().__init__(id=f"chart-{chart.name}", classes="chart")
        self._chart = chart
        self._snapshot = Snapshot()
        self._strips: list[Strip] = []
        self._later: Timer | None = None
        self._stale = False

    @property
    def plain(self) -> str:
        """The chart as it stands, without its colours."""
        return "\n".join(strip.text.rstrip() for strip in self._strips)

    def on_mount(self) -> None:
        self.border_title = Content(self._chart.title)
        self.tooltip = self._chart.about
        self.app.theme_changed_signal.subscribe(self, lambda _: self._draw())

    def show(self, snapshot: Snapshot) -> None:
        """Draw this snapshot, now or, where the last drawing is fresh, in a moment."""
        before, self._snapshot = self._snapshot, snapshot
        if self.needs(before) == self.needs(snapshot):
            return
        if self._later is not None:
            self._stale = True
            return
        self._draw()
        self._later = self.set_timer(REDRAW_S, self._rested)

    def needs(self, snapshot: Snapshot) -> tuple[object, ...]:
        """What of a snapshot is drawn; it is not drawn anew while all of these are equal."""
        return (snapshot.points, snapshot.variants, snapshot.plan)

    def _rested(self) -> None:
        self._later = None
        if self._stale:
            self._stale = False
            self._draw()
            self._later = self.set_timer(REDRAW_S, self._rested)

    def on_resize(self, event: events.Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        width, height = self.size
        if self._chart.ready(self._snapshot) and width and height:
            self._strips = strips(self._chart.draw(self._snapshot, (width, height), self.palette))
        else:
            self._strips = _empty(width, height, self.palette)
        self.refresh()

    @property
    def palette(self) -> Palette:
        """The colours of the theme."""
        colours = self.app.theme_variables
        ground = Color.parse(colours["background"])
        text = Color.parse(colours["foreground"])
        return Palette(
            _rgb(ground.blend(text, 0.6)),
            _rgb(ground.blend(text, 0.2)),
            tuple(_rgb(Color.parse(colours[name])) for name in SERIES),
            _rgb(ground),
        )

    def render_line(self, y: int) -> Strip:
        if y >= len(self._strips):
            return Strip.blank(self.size.width, self.rich_style)
        return self._strips[y].crop_extend(0, self.size.width, self.rich_style).apply_style(self.rich_style)


def strips(lines: Lines) -> list[Strip]:
    """Lines as a widget paints them."""
    return [Strip([Segment(span.text, _style(span.colour)) for span in line]) for line in lines]


def _style(colour: RGB | None) -> Style | None:
    return Style(color="rgb({},{},{})".format(*colour)) if colour else None


def _empty(width: int, height: int, palette: Palette) -> list[Strip]:
    words = "fills as pairs arrive"[: max(0, width)]
    style = Style(color="rgb({},{},{})".format(*palette.grid))
    row = Strip([Segment(words.center(width), style)])
    return [Strip.blank(width)] * (height // 2) + [row] if height else []


def _rgb(colour: Color) -> RGB:
    return colour.rgb
