"""The event inbox: Twitch's notifications, stored before they are acted on."""
