"""Less of the list: one scenario alone, or what holds the words that are typed."""

from textual import on
from textual.widgets import Input

from optlab.tui.home import Home
from optlab.tui.past.book import Filter
from optlab.tui.past.kept_list import KeptList
from optlab.tui.past.surface import PastSurface
from optlab.tui.widgets.later import Later

FILTERED_S = 0.15
"""So long after a key the list is asked for anew."""


class FilteredSurface(PastSurface):
    """A surface whose list can be narrowed."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self._typed = Later(self, FILTERED_S, self._take_words)

    @property
    def filtered(self) -> bool:
        """Whether there is a filter to be taken away, or its line."""
        return self.has_class("-filtered") or self.filter != Filter()

    def action_only(self) -> None:
        """Only the scenario of the entry at the cursor, or all of them again."""
        entry = self.query_one(KeptList).entry
        scenario = None if self.filter.scenario is not None or entry is None else entry.scenario
        self._narrow(Filter(scenario, self.filter.words))

    def action_filter(self) -> None:
        """Type the words to look for."""
        self.remove_class("-open")
        self.add_class("-filtered")
        self.query_one("#words", Input).focus()

    @on(Input.Changed)
    def _words_typed(self, event: Input.Changed) -> None:
        event.stop()
        self._typed.ask()

    @on(Input.Submitted)
    def _words_done(self, event: Input.Submitted) -> None:
        event.stop()
        self._typed.now()
        self._leave_words()

    def _take_words(self) -> None:
        self._narrow(Filter(self.filter.scenario, " ".join(self.query_one("#words", Input).value.split())))

    def _leave_words(self) -> None:
        self.set_class(bool(self.query_one("#words", Input).value), "-filtered")
        self.query_one(KeptList).focus()

    def _narrow(self, to: Filter) -> None:
        if to == self.filter:
            return
        self.filter, self.awaited = to, False
        self.query_one(KeptList).to_top()
        self.lay()
        self.fetch()

    def unfilter(self) -> None:
        """Take the filter and its line away."""
        words = self.query_one("#words", Input)
        with words.prevent(Input.Changed):
            words.value = ""
        self._typed.owed = False
        self._narrow(Filter())
        self._leave_words()
