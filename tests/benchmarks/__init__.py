"""Benchmarks: ratios against a rival or a floor that is measured in the same run, never seconds to be met.

Run them from the root of the repository, on a machine that has nothing else to do:

    python -m tests.benchmarks                     everything, about twelve minutes
    python -m tests.benchmarks --only start pages  some of tokens, pages, start, rest, commits, burst, chat
    python -m tests.benchmarks --quick             few samples: shows that everything runs, proves nothing else

The exit code tells of counts alone (one refresh each, one run for each redemption, Twitch's limit in chat); times never
fail a run. What needs a tray brings an X
display, a bus, a keyring and a tray of its own (packages xvfb, dbus, gnome-keyring, trayer) and is left out, with the
reason, where they are missing.
"""
