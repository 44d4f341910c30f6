"""A small simulated cluster: a real HTTP server with the Kubernetes API's own semantics for pods, logs and watches.

It serves `kubevigil demo` and the tests. It knows what really happened (`truth`), by its own book and never from our
reading of the API, so that both can be compared.
"""
