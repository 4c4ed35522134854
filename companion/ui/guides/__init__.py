"""What each provider's login guide says, step by step."""
