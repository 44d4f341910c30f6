//go:build tools

// Package ksm pins kube-state-metrics, beside which `make bench` measures.
package ksm

import (
	_ "k8s.io/kube-state-metrics/v2"
)
