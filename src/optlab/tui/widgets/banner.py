"""One sentence that must be read: why something failed, or what a demonstration is worth. Gone when there is none."""

from textual.content import Content
from textual.widgets import Static

from optlab.render.format import line


class Banner(Static):
    """A line under the header; hidden while it has nothing to say."""

    DEFAULT_CSS = """
    Banner {
        height: auto;
        max-height: 3;
        padding: 0 1;
        display: none;
        background: $surface;
        color: $text-muted;

        &.-error {
            background: $error-muted;
            color: $text-error;
            text-style: bold;
        }
        &.-shown {
            display: block;
        }
    }
    """

    def say(self, sentence: str, *, error: bool = False) -> None:
        """Show a sentence; an empty one hides the line."""
        words = line(sentence)
        self.update(Content(words))
        self.set_class(bool(words), "-shown")
        self.set_class(error, "-error")
