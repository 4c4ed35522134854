"""The saga engine: a pure protocol, a journal, and the host that drives them."""
