"""The results pane: its rows as values, the view that paints them, and what explains a figure."""
