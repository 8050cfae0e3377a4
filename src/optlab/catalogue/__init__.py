"""Models, limits, prices and a token estimate: one data file (`models.json`) and its one reader.

Both the engine and the simulator stand on this room; it depends on `msgspec` and on nothing else of optlab.
"""

from optlab.catalogue.models import (
    Caching,
    Capabilities,
    Catalogue,
    CatalogueError,
    Effort,
    LatencyProfile,
    Limits,
    Model,
    Thinking,
    load,
)
from optlab.catalogue.prices import Cost, Rates, TokenCounts, cost, multiplier, rates_for
from optlab.catalogue.tokens import estimate_tokens, token_weight

__all__ = [
    "Caching",
    "Capabilities",
    "Catalogue",
    "CatalogueError",
    "Cost",
    "Effort",
    "LatencyProfile",
    "Limits",
    "Model",
    "Rates",
    "Thinking",
    "TokenCounts",
    "cost",
    "estimate_tokens",
    "load",
    "multiplier",
    "rates_for",
    "token_weight",
]
