"""The Kubernetes API: how to reach it, how to read it, how to follow it. Knows no pods, no store, no metrics.

`connection` opens requests (configuration in `incluster` and `kubeconfig`, sockets and TLS in `transport`); `framing`
and `decode` turn bytes into structs; `reflector` decides what to ask next and `driver` asks it; `roles` says what the
driver tells its listeners. `urllib3` is imported by `transport` only, `kubernetes` by `kubeconfig` only.
"""
