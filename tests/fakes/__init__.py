"""Stand-ins written by hand: each keeps the promises of its port and can be told to break them."""
