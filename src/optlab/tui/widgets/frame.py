"""A box with words on its frame, which may change many times a second."""

from typing import Self

from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Region


class Frame(Vertical):
    """Paints only the line of its frame that says something else now, never what it surrounds."""

    _said: tuple[Content, Content] = (Content(""), Content(""))
    _saying = False

    def entitle(self, title: Content | None = None, subtitle: Content | None = None) -> None:
        """Write on the upper and the lower line of the frame; None leaves what stands there."""
        said = self._said
        if title is not None and not title.is_same(said[0]):
            self._said = (title, self._said[1])
            self._say("border_title", title, 0)
        if subtitle is not None and not subtitle.is_same(said[1]):
            self._said = (self._said[0], subtitle)
            self._say("border_subtitle", subtitle, self.outer_size.height - 1)

    def _say(self, which: str, words: Content, row: int) -> None:
        self._saying = True  # or Textual would have all of the box painted
        try:
            setattr(self, which, words)
        finally:
            self._saying = False
        self.refresh(Region(0, row, self.outer_size.width, 1).translate(-self.content_offset))

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """See Widget.refresh."""
        if self._saying:
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
