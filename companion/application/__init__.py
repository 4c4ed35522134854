"""What people, pages and scripts may ask of Companion: actions, queries and snapshots."""
