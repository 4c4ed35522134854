"""The local runtime of durable objects: transactions, alarms, the outbox and its bus."""
