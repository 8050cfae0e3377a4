"""What every pane is: a bordered part of the lab that shows a scene."""

from textual.containers import Vertical

from optlab.tui.scene import Scene


class Pane(Vertical):
    """A part of the lab. `tab` is its title where panes are tabs."""

    tab = ""

    def show(self, scene: Scene, now: float) -> None:
        """Show a scene; `now` is the screen's clock, in seconds."""
