"""The commands: one module each, argument handling and output only."""
