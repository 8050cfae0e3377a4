"""A checkbox that is empty while it is off, so that it can be read without colour as well."""

from textual.widgets import Checkbox


class Tick(Checkbox):
    """A compact checkbox: an X only where it is on."""

    BUTTON_INNER = " "

    def watch_value(self) -> None:
        """Show the value by shape, then as every checkbox does."""
        self.BUTTON_INNER = "X" if self.value else " "
        super().watch_value()
