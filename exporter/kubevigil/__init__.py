"""Kubevigil: what crashed in a Kubernetes cluster, why, and who must know."""

__version__ = "0.1.0"
