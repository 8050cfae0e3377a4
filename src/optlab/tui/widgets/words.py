"""Words that are told often and change seldom: what is told twice costs nothing, and moves nothing on the screen."""

from textual.content import Content
from textual.widgets import Static


class Words(Static):
    """A static text whose place on the screen is fixed by its style: new words never lay the screen out anew."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes, markup=False)
        self._said: Content | None = None

    def say(self, words: Content, *, layout: bool = False) -> None:
        """Show these words. `layout`: the screen is laid out anew where they are others than before."""
        if self._said is None or not words.is_same(self._said):
            self._said = words
            self.update(words, layout=layout)
