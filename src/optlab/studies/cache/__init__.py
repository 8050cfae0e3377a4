"""Prompt caching: why a log of requests missed (`doctor`), what to buy for one's own arrivals (`plan`, `breakpoints`),
and what cold and warm really cost (`measure`). The rest reads a log and keeps the books of a cache over it.
"""
