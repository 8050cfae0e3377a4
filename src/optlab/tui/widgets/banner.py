"""The second line: why something failed, what a demonstration is worth, or what the scenario is about."""

from textual.content import Content
from textual.widgets import Static

from optlab.render.format import line


class Banner(Static):
    """A line under the header. It is always there, so that nothing moves when it speaks; an error may take three."""

    DEFAULT_CSS = """
    Banner {
        height: auto;
        min-height: 1;
        max-height: 3;
        padding: 0 1;
        color: $foreground 60%;

        &.-error {
            background: $error-muted;
            color: $text-error;
            text-style: bold;
        }
        &.-note {
            color: $text-accent;
            text-style: bold;
        }
    }
    """

    _said = ""

    def say(self, *, about: str, note: str, trouble: str, headway: str = "") -> None:
        """Show the weightiest of four sentences that there is."""
        words = line(trouble or headway or note or about)
        if words != self._said:
            self._said = words
            self.update(Content(words))
        self.set_class(bool(trouble), "-error")
        self.set_class(bool(note and not trouble), "-note")
