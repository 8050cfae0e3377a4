"""The words of optlab: frozen values that every floor speaks in. No input or output happens here."""
