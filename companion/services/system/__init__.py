"""What the operating system keeps for us: the keyring, and the file of local access tokens."""
