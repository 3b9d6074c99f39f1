"""Background and periodic work: a table that is the truth, carried by huey."""
