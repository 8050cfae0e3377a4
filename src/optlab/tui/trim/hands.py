"""What hands do on the bench: cut, restore, edit, undo, take free wins, apply what was found, write it out."""

import msgspec
from textual import on

from optlab.cuts import wins
from optlab.cuts.wins import FreeWin
from optlab.render.format import line
from optlab.tui.home import Home
from optlab.tui.trim.bench import Bench
from optlab.tui.trim.findings import passport_of
from optlab.tui.trim.found import with_found
from optlab.tui.trim.known_pane import KnownPane
from optlab.tui.trim.out import write_out
from optlab.tui.trim.out_screen import OutScreen
from optlab.tui.trim.piece_pane import PiecePane
from optlab.tui.trim.rows_view import RowsView
from optlab.tui.trim.surface import TrimSurface
from optlab.tui.trim.wins_screen import WinsScreen
from optlab.tui.widgets.later import Later

WEIGHED_S = 0.1
"""So long after a key what is typed is weighed."""
SETTLED_S = 0.3
"""After so long without a key the cache is judged anew."""


class TrimHands(TrimSurface):
    """A surface on which the prompt can be changed, every change a step that can be undone."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self._edit_base = 0.0
        self._weigh = Later(self, WEIGHED_S, self._weigh_typed)
        self._settle = Later(self, SETTLED_S, self._typing_paused)

    def changed(self) -> None:
        """Called after every change of the prompt."""

    def _do(self, bench: Bench) -> None:
        """Take a bench over, put its prompt on the desk, and paint."""
        if bench is self.bench:
            return
        self.bench, self._written = bench, ""
        self.home.put_prompt(bench.trimmed)
        self.draw()
        self.changed()

    @on(RowsView.Switched)
    def action_switch(self) -> None:
        """Cut the piece at the cursor, or restore it."""
        row = self.row
        if row is None or self.bench is None:
            return
        if row.piece.kind == "tag":
            self.app.bell()
            return
        word = "cut" if row.state == "on" else "restore"
        self._do(self.bench.do(f"{word} {line(row.piece.name)}", self.bench.draft.switched(row.piece)))

    def action_finer(self) -> None:
        """Show the segment at the cursor finer."""
        if self.row is not None and self.bench is not None:
            self.bench = self.bench.finer(self.row.piece.segment)
            self.draw()

    def action_undo(self) -> None:
        """Take the last step back."""
        if self.bench is not None:
            self._do(self.bench.undo())

    def action_redo(self) -> None:
        """Do it again."""
        if self.bench is not None:
            self._do(self.bench.redo())

    def action_edit(self) -> None:
        """Edit the piece at the cursor; one that is cut comes back for it."""
        if self.row is None or self.bench is None or self._scale is None or self.editing is not None:
            return
        piece = self.row.piece
        self._edit_base = self._scale.total(self.bench.draft.cut_out((piece,)).trimmed)
        self.remove_class("-at-found")
        self.query_one(PiecePane).edit(piece, cut=self.bench.draft.state(piece) != "on")
        self.refresh_bindings()

    @on(PiecePane.Typed)
    def _typed(self) -> None:
        """Weigh what is typed soon; judge the cache when the typing pauses."""
        self._weigh.ask()
        self._settle.ask()

    def _weigh_typed(self) -> None:
        if self.editing is not None and self._scale is not None:
            self.show_totals(self._edit_base + self._scale.tokens(self.query_one(PiecePane).text))

    def _edited(self) -> Bench | None:
        """The bench with what is typed."""
        piece, bench = self.editing, self.bench
        if piece is None or bench is None:
            return None
        text = self.query_one(PiecePane).text
        if text == piece.text:
            return bench
        words = f"edit {line(piece.name)}"
        if bench.draft.state(piece) == "on":
            return bench.do(words, bench.draft.edited(piece, text))
        return bench.do(f"{words}, cut before, back now", bench.draft.restored(piece).edited(piece, text))

    def _typing_paused(self) -> None:
        edited = self._edited()
        if edited is not None and self._scale is not None:
            self.judge_cache(edited.trimmed)
            self.show_totals(self._scale.total(edited.trimmed))

    def _keep_typed(self) -> None:
        edited = self._edited()
        self.query_one(PiecePane).leave()
        self.query_one(RowsView).focus()
        if edited is not None and edited is not self.bench:
            self._do(edited)
        self._drawn = ()
        self.draw()
        self.refresh_bindings()

    def action_apply(self) -> None:
        """Cut what the search found dead."""
        search = self.home.scene.cuts.search
        if self.bench is not None and search is not None and search.end is not None:
            self._do(with_found(self.bench, search))

    def action_wins(self) -> None:
        """Offer free wins."""
        if self._scale is not None:
            self.app.push_screen(WinsScreen(self._wins, self._take, self._untake))

    def _wins(self) -> tuple[FreeWin, ...]:
        assert self._scale is not None and self.bench is not None
        return wins.find(msgspec.structs.replace(self._scale.scenario, prompt=self.bench.trimmed))

    def _take(self, win: FreeWin) -> str:
        assert self.bench is not None
        try:
            self._do(self.bench.put(f"{win.kind} in {line(win.segments[0])}", win.apply(self.bench.trimmed)))
        except ValueError as error:
            return str(error)
        return f"Taken: {win.kind} in {', '.join(win.segments)}."

    def _untake(self) -> str:
        if self.bench is None or not self.bench.past:
            return "There is nothing to undo."
        words = self.bench.past[-1].words
        self.action_undo()
        return f"Undone: {words}."

    def action_out(self) -> None:
        """Write the prompt to a file."""
        if self._scale is None or self.bench is None:
            return
        scenario, trimmed = self._scale.scenario, self.bench.trimmed
        told = passport_of(self.home.scene.cuts, trimmed, self.home.scene.desk.setup, scenario)

        def write(path: str, kind: str, overwrite: bool) -> str:
            return str(write_out(path, kind, scenario, trimmed, overwrite=overwrite, told=told))

        self.app.push_screen(OutScreen(scenario, write), self._tell_written)

    def _tell_written(self, path: str | None) -> None:
        if path:
            self._written = f"Written: {path}"
            self.say_banner(self.home.scene)

    def action_sort(self) -> None:
        """By dollars saved per point at risk, or as the prompt has them."""
        if self._by_worth or self.home.scene.cuts.heat.rows:
            self._by_worth = not self._by_worth
            self.draw()

    def action_turn(self) -> None:
        """The piece at the cursor, or all the room for what is known."""
        self.toggle_class("-at-found")
        self.call_after_refresh(self.draw)

    def action_read_on(self) -> None:
        """What is known, a page on; it comes into view first."""
        self._turn_page(1)

    def action_read_back(self) -> None:
        """What is known, a page back."""
        self._turn_page(-1)

    def _turn_page(self, by: int) -> None:
        if not self.has_class("-at-found"):
            self.action_turn()
        else:
            self.query_one(KnownPane).turn_page(by)
