"""The Trim place: the prompt as rows to switch, edit and restore, and what each cut costs."""
