"""The look of the small dialogs over the bench."""

DIALOG_CSS = """
    align: center middle;
    .box {
        width: 76;
        max-width: 100%;
        height: auto;
        max-height: 100%;
        border: round $primary;
        border-title-color: $primary;
        background: $surface;
        padding: 0 2;
    }
    .about { height: auto; color: $foreground 60%; }
    .field { height: 1; }
    .field Label { width: 12; color: $text-muted; }
    .field Input { width: 1fr; }
    .field Choice { width: 1fr; }
    .line { height: auto; margin-top: 1; }
    .notes { height: auto; color: $text-warning; }
    .buttons { height: auto; align-horizontal: right; }
    .buttons Button { margin-left: 2; }
"""
"""Rules for a modal screen with one `.box`, its `.field` rows, and a row of `.buttons`."""
