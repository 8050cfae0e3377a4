"""The lab as a place sees it: what is known, and whom to ask."""

from typing import Protocol

from optlab.core.commands import Command
from optlab.core.prompt import Prompt
from optlab.tui.desk import Desk
from optlab.tui.hold import Hold
from optlab.tui.scene import Kind, Scene


class Home(Protocol):
    """Owner of the one scene, and of the conversation with the worker."""

    hold: Hold
    """When a key was pressed."""

    @property
    def scene(self) -> Scene:
        """Everything known."""
        ...

    def now(self) -> float:
        """The screen's clock, in seconds."""
        ...

    def put_prompt(self, prompt: Prompt) -> None:
        """Put a prompt on the desk."""

    def put_desk(self, desk: Desk, note: str = "") -> None:
        """Put prompt, levers and settings on the desk, with a sentence about it."""

    def open_scenario(self, source: str) -> None:
        """Open another scenario."""

    def go(self, name: str) -> None:
        """Go to a place."""

    def roll_back(self) -> None:
        """Prompt and levers as last adopted, or as loaded."""

    def tell(self, command: Command) -> None:
        """Ask the worker something that needs no waiting for: an estimate, a count, a list."""

    def cancel(self) -> None:
        """End what is under way; what is dear is asked for once more first."""

    def study(self, command: Command, kind: Kind) -> None:
        """Start a study."""
