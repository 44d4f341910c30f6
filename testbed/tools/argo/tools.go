//go:build tools

// Package argo pins Argo Workflows: the controller, and the executor that runs beside each step.
package argo

import (
	_ "github.com/argoproj/argo-workflows/v3/cmd/argoexec"
	_ "github.com/argoproj/argo-workflows/v3/cmd/workflow-controller"
)
