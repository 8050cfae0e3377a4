"""What every place is: a screen with the common first two lines and a footer, which is shown scenes while it is up."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import SystemCommand

from optlab.tui.frames.screen import FramedScreen
from optlab.tui.home import Home
from optlab.tui.places.table import BY_NAME
from optlab.tui.scene import Scene
from optlab.tui.widgets.banner import Banner
from optlab.tui.widgets.header import Header


class PlaceScreen(FramedScreen):
    """A place beside the lab. It yields a Header, a Banner and a Footer of its own, and all that is between them."""

    PLACE: ClassVar[str]
    """Its name in the table of places."""
    ABOUT: ClassVar[str] = ""
    """What the place is for."""

    def __init__(self, home: Home) -> None:
        super().__init__()
        self.home = home
        self.hold = home.hold

    def on_screen_resume(self) -> None:
        self.show(self.home.scene)

    def show(self, scene: Scene) -> None:
        """Take in a scene. A place calls this first and paints what is its own behind it."""
        header = self.query_one(Header)
        header.place = self.PLACE
        header.show(scene)
        self.say_banner(scene)

    def say_banner(self, scene: Scene) -> None:
        """The second line: what went wrong, else how far long work is, what there is to tell, what the place is for."""
        headway = scene.headway(self.home.now())
        note = self.note or scene.said
        self.query_one(Banner).say(about=self.about, note=note, trouble=scene.trouble, headway=headway)

    @property
    def about(self) -> str:
        """What stands in the second line while nothing weightier is to be said."""
        return self.ABOUT

    @property
    def note(self) -> str:
        """What the place itself has to tell just now."""
        return ""

    def leave(self) -> None:
        """Called before another place is gone to: what is being typed is kept."""

    def commands(self) -> Iterable[SystemCommand]:
        """What the palette offers here beside what it offers everywhere."""
        return ()

    @property
    def title_words(self) -> str:
        """The title of the place."""
        return BY_NAME[self.PLACE].title
