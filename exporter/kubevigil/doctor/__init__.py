"""Slice: whether all that Kubevigil needs around it is there. Pure: `app` does the asking."""
