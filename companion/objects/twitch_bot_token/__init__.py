"""The login of the account that speaks in chat for the streamer."""
