"""Images made without Docker and without a registry, for the testbed's container runtime."""
