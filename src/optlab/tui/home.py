"""The lab as a place sees it: what is known, and whom to ask."""

from typing import Protocol

from optlab.core.commands import Command
from optlab.core.events import SetupRecalled
from optlab.core.prompt import Prompt
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

    def put_back(self, setup: SetupRecalled) -> None:
        """Put what a kept run was made of on the desk."""

    def tell(self, command: Command) -> None:
        """Ask the worker something that needs no waiting for: an estimate, a count, a list, a cancel."""

    def study(self, command: Command, kind: Kind) -> None:
        """Start a study."""
