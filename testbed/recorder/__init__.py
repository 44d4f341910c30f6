"""Records what happened on the testbed, twice: what the container runtime did, and what the API showed of it.

The first is the truth that the second is judged by. Standard library and msgspec; nothing here reads a ledger.
"""
