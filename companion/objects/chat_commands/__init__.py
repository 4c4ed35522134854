"""The catalogue of chat commands, with its values and counters."""
