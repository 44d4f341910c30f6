"""Health checks: HealthCheck resources, run as Argo workflows when they are due, and what came of it."""
