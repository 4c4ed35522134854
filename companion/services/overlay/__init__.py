"""The local server that feeds the overlay pages in OBS."""
