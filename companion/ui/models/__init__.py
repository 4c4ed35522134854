"""Qt models: what lists show, apart from how they show it."""
