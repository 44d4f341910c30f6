//go:build tools

// Package helm3 pins the Helm 3 command that charts are installed with.
package helm3

import _ "helm.sh/helm/v3/cmd/helm"
