"""Rewards: the channel-point rewards that Companion keeps at Twitch."""
