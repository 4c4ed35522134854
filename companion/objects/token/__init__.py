"""What both token objects share: one refresh for everybody, stored before it is used."""
