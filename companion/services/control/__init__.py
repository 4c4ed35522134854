"""The control socket: JSON-RPC for `companion ctl` and scripts on this machine."""
