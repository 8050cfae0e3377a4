"""The prompt cache: what of a prompt makes its key, what loses it, what is read and written, why it was missed."""
