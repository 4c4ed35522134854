"""The durable objects: each owns its state, and is blind to the insides of the others."""
