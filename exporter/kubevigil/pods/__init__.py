"""What happened to containers: the ledger, why they ended, whose they were, and the metrics of it."""
