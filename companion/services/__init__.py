"""Adapters to the outside world; each sub-package knows one part of it and none of the others."""
