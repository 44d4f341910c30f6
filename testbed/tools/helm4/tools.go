//go:build tools

// Package helm4 pins the Helm 4 command that charts are installed with.
package helm4

import _ "helm.sh/helm/v4/cmd/helm"
