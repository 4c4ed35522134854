"""The keyboard raffle: verifiable epochs, rolls, records."""
