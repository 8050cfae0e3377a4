"""The screen. It draws and asks; it measures nothing and computes nothing that a worker did not tell it."""
