"""What the computed commands answer."""
