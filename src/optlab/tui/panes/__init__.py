"""One small file a pane."""
