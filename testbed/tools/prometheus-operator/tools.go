//go:build tools

// Package operator pins prometheus-operator and the reloader that it puts beside each Prometheus.
package operator

import (
	_ "github.com/prometheus-operator/prometheus-operator/cmd/operator"
	_ "github.com/prometheus-operator/prometheus-operator/cmd/prometheus-config-reloader"
)
