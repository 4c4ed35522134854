"""Hold everything: one switch that survives a restart."""
