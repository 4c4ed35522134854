"""The demo: the built-in simulator as a child process, and ready logins at it."""
