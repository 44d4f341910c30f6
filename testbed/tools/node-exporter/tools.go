//go:build tools

// Package node pins node-exporter, whose series dashboards read.
package node

import (
	_ "github.com/prometheus/node_exporter"
)
