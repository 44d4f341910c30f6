//go:build tools

// Package prometheus pins the Prometheus commands that the testbed runs.
package prometheus

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
	_ "github.com/prometheus/prometheus/cmd/promtool"
)
