"""An honest simulation of the Messages API on 127.0.0.1, run as a process of its own: `python -m optlab.simulator`.

It speaks only HTTP and knows nothing of the lab: of optlab it imports the catalogue and nothing else. `server` runs it,
`app` routes, `validation` refuses, `simulation` decides what becomes of a request, `model` writes the answers, `wire`
spells the bytes.
"""
