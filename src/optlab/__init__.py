"""optlab: a lab bench for calls to Claude. Version only; import the rooms you need."""

__version__ = "0.1.0"
