"""The Guide: the decision table and the exercises of the course as values, and what the place is made of.

`exercises` has one file an exercise; `course` folds what the worker tells into ticks; `page` writes both in words.
"""
