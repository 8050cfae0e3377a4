"""An honest simulation of the Messages API on 127.0.0.1, run as a process of its own: `python -m optlab.simulator`.

It speaks only HTTP and knows nothing of the lab: of optlab it imports the catalogue and nothing else. `http` serves,
`request` reads and refuses, `simulation` decides what becomes of a request (`caching`, `ratelimit`, `latency`), `reply`
composes what `model` writes, `wire` spells it, `batches` runs requests in bulk, `faults` spoils responses on demand.
"""
