"""Parts that panes are made of; they know nothing of experiments."""
