"""The durable side: what was seen, what is to be told, and the counters, in one SQL database."""
