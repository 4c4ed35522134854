"""The composition root: settings, the graph of objects, process life, command line."""
