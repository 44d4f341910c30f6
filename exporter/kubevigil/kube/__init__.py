"""The Kubernetes API: how to reach it, read it, follow it and write to it. Knows no pods, no store, no metrics.

`connection` opens requests (configuration in `incluster` and `kubeconfig`, sockets and TLS in `transport`); `framing`
and `decode` turn bytes into structs; `reflector` decides what to ask next and `driver` asks it; `roles` says what the
driver tells its listeners. `writing` changes objects, `events` tells what happened to one, and `leases` lets one of
several processes lead, as `election` decides. Only `transport` imports `urllib3`, only `kubeconfig` `kubernetes`.
"""
