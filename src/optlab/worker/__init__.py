"""The process that measures: commands come in on stdin, history is written, events go out on stdout.

Nothing is drawn here, and the doors measure nothing. The end of stdin is the end of the worker: it dies with whoever
started it, and the simulator it started dies with it.
"""
