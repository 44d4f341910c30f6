//go:build tools

// Package alertmanager pins the Alertmanager that sends what our routes say, and the tool that checks them.
package alertmanager

import (
	_ "github.com/prometheus/alertmanager/cmd/alertmanager"
	_ "github.com/prometheus/alertmanager/cmd/amtool"
)
