"""What every pane is: a bordered part of the lab that shows a scene."""

from optlab.tui.scene import Scene
from optlab.tui.widgets.frame import Frame


class Pane(Frame):
    """A part of the lab. `tab` is its title where panes are tabs."""

    tab = ""

    def needs(self, scene: Scene) -> tuple[object, ...]:
        """What of a scene this pane shows; it is not painted anew while all of these are the same objects."""
        return (scene,)

    def show(self, scene: Scene, now: float) -> None:
        """Show a scene; `now` is the screen's clock, in seconds."""
