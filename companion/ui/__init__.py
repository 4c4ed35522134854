"""Windows and tray: what people see, drawn from snapshots and nothing else."""
