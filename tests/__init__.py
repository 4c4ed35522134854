"""The tests; a package only so that `tests.fakes` has a name."""
