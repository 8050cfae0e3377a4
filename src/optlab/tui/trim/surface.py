"""The face of the Trim place: what is on the bench, painted; nothing here changes the prompt or asks the worker."""

import msgspec
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Footer

from optlab.core.errors import UsageError
from optlab.core.prompt import Prompt
from optlab.core.scenario import Scenario
from optlab.cuts.pieces import Piece
from optlab.tui.home import Home
from optlab.tui.places.screen import PlaceScreen
from optlab.tui.scene import Scene
from optlab.tui.trim.bench import Bench
from optlab.tui.trim.findings import stands
from optlab.tui.trim.found import reached
from optlab.tui.trim.known_pane import KnownPane
from optlab.tui.trim.marks import marks_of
from optlab.tui.trim.outcome_words import outcome
from optlab.tui.trim.paint import Mark
from optlab.tui.trim.piece_pane import PiecePane
from optlab.tui.trim.rows import Row, rows_of
from optlab.tui.trim.rows_view import RowsView
from optlab.tui.trim.totals import Totals, cache_line, dollars_line, tokens_line, totals_of
from optlab.tui.trim.weight import Cache, Scale, asked_model, cache_of, problem_of
from optlab.tui.widgets.banner import Banner
from optlab.tui.widgets.header import Header
from optlab.tui.widgets.words import Words

NARROW = 112
"""Below so many cells rows and findings stand one above the other."""


class TrimSurface(PlaceScreen):
    """Rows on the left, the piece at the cursor and what was found on the right, the totals on top."""

    PLACE = "trim"
    ABOUT = "Cut by hand and see what each cut costs; nothing is sent until you ask."
    DEFAULT_CSS = """
    TrimSurface {
        background: $background;
        #totals { height: auto; padding: 0 1; }
        #weight { height: 1; }
        #weight #tokens { width: 1fr; }
        #weight #dollars { width: 1fr; }
        #totals Words { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    }
    """

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.bench: Bench | None = None
        self._scale: Scale | None = None
        self._scale_of: tuple[object, ...] = ()
        self._rows: tuple[Row, ...] = ()
        self._cache: Cache | None = None
        self._problem = ""
        self._by_worth = False
        self._written = ""
        self._drawn: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield Header()
        yield Banner(markup=False)
        with Vertical(id="totals"):
            with Horizontal(id="weight"):
                yield Words(id="tokens")
                yield Words(id="dollars")
            yield Words(id="cache")
        with Horizontal(id="body"):
            with Vertical(id="bench-rows", classes="pane") as rows:
                rows.border_title = Content("Prompt, piece by piece")
                yield RowsView(id="rows")
            with Vertical(id="side"):
                yield PiecePane(id="piece", classes="pane")
                yield KnownPane(id="found", classes="pane")
        yield Footer(show_command_palette=True, compact=True)

    @property
    def row(self) -> Row | None:
        """The row at the cursor."""
        return self.query_one(RowsView).row

    @property
    def note(self) -> str:
        """What was written last."""
        return self._written

    def show(self, scene: Scene) -> None:
        """Take in a scene: the lab may have changed the prompt, the worker may have found something."""
        super().show(scene)
        scenario = scene.desk.scenario
        self.say_banner(self.home.scene)
        if scenario is None:
            return
        self._scale = self._scale_for(scenario, scene)
        if self.bench is None or self.bench.original != scenario.prompt:
            self.bench = Bench.of(scenario.prompt, scene.desk.prompt)
        elif not self.editing:
            self.bench = self.bench.put("edit in the lab", scene.desk.prompt)
        self.draw()

    def _scale_for(self, scenario: Scenario, scene: Scene) -> Scale:
        """The scale for a scene: that of the model which the pulled levers ask."""
        made_of = (scenario, scene.cuts.own_prices, scene.desk.pulled)
        if self._scale is None or made_of != self._scale_of:  # levers are looked through when they change, no oftener
            self._scale_of = made_of
            asked = asked_model(scenario, [setting.choice for setting in scene.desk.pulled])
            return Scale(scenario, scene.cuts.own_prices, asked)
        return self._scale

    @property
    def editing(self) -> Piece | None:
        """The piece that is edited."""
        return self.query_one(PiecePane).piece

    def draw(self) -> None:
        """Paint the bench as it stands; while a piece is edited its rows stay as they were."""
        bench, scale, scene = self.bench, self._scale, self.home.scene
        if bench is None or scale is None:
            return
        made_of = (bench, scale, scene.cuts, scene.desk.pulled, self._by_worth, self.size, self.editing)
        if made_of == self._drawn:
            return
        self._drawn = made_of
        if self.editing is None:
            self._rows = rows_of(bench, scale)
            self.judge_cache(bench.trimmed)
            self.show_totals(scale.total(bench.trimmed))
        self._show_rows()
        self._show_found()
        self.show_piece()

    def _show_rows(self) -> None:
        cuts = self.home.scene.cuts
        assert self.bench is not None
        rows = self._rows
        marks = marks_of(self.bench, rows, cuts.heat, cuts.search)
        if self._by_worth:
            order = sorted(range(len(rows)), key=lambda at: _risk(marks[at]))
            rows, marks = tuple(rows[at] for at in order), tuple(marks[at] for at in order)
        self.query_one(RowsView).show(rows, marks)
        box = self.query_one("#bench-rows")
        past = self.bench.past if self.bench else ()
        last = f"last: {past[-1].words} (u undoes) · " if past else ""
        sorting = (
            "by $ saved per point at risk" if self._by_worth else f"{len(rows)} row{'' if len(rows) == 1 else 's'}"
        )
        if cuts.heat.rows:
            sorting += " · s sorts back" if self._by_worth else " · s sorts"
        box.border_subtitle = Content(f"{last}{sorting}")

    def _show_found(self) -> None:
        assert self.bench is not None
        pane, cuts = self.query_one(KnownPane), self.home.scene.cuts
        setup = self.home.scene.desk.setup
        same = cuts.search is not None and cuts.search.setup == setup
        found = reached(self.bench, cuts.search) if cuts.search and same else "past"
        words = outcome(cuts, stands(cuts, self.bench.trimmed, setup), pane.room, found)
        pane.say(words, (cuts.newest[:1], cuts.under_way), self.home.scene.badge)

    def show_piece(self) -> None:
        """Show the text of the row at the cursor."""
        row = self.row
        if row is not None and self.editing is None:
            self.query_one(PiecePane).show(row.piece, row.state, self.query_one(RowsView).mark.heat)

    def judge_cache(self, trimmed: Prompt) -> None:
        """Find out what the cut does to the cache, and whether anything can be asked at all."""
        assert self._scale is not None
        levers = tuple(setting.choice for setting in self.home.scene.desk.pulled)
        self._problem = problem_of(self._scale, trimmed, levers)
        try:
            self._cache = None if self._problem else cache_of(self._scale, trimmed, levers)
        except UsageError as error:
            self._cache, self._problem = None, str(error)

    def show_totals(self, after: float) -> None:
        """Show the line of totals for a prompt of so many tokens by the estimate."""
        assert self._scale is not None and self.bench is not None
        cuts = self.home.scene.cuts
        before = self._scale.total(self.bench.original)
        counted = (
            self.editing is None
            and cuts.counted is not None
            and cuts.counted_original is not None
            and cuts.counted_of == self.bench.trimmed
            and self._scale.name == self._scale.scenario.model  # no lever is pulled where the API counts
        )
        if counted:
            assert cuts.counted is not None and cuts.counted_original is not None
            before, after = cuts.counted_original, cuts.counted
        totals = totals_of(self._scale, before, after, counted=counted)
        self.say_totals(msgspec.structs.replace(totals, cache=self._cache, problem=self._problem))

    def say_totals(self, totals: Totals) -> None:
        """Write what stands on top."""
        self.query_one("#tokens", Words).say(tokens_line(totals))
        self.query_one("#dollars", Words).say(dollars_line(totals))
        self.query_one("#cache", Words).say(cache_line(totals))

    def on_resize(self, event: events.Resize) -> None:
        narrow = event.size.width < NARROW
        self.set_class(narrow, "-narrow")
        self.query_one(Footer).show_command_palette = not narrow  # every key first; ctrl+p works all the same
        self.call_after_refresh(self.draw)

    def on_rows_view_moved(self) -> None:
        self.show_piece()


def _risk(mark: Mark) -> tuple[float, float]:
    """Most dollars saved per point at risk first; where nothing is at risk, most dollars first; the unmapped last."""
    if mark.heat is None:
        return float("inf"), 0.0
    per_point = mark.heat.usd_per_point
    return (float("-inf") if per_point is None else -per_point, -mark.heat.usd_per_1000)
