"""Moving over from kubernetes-pod-monitor: its settings in our words, its history and its notifications."""
