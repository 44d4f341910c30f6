//go:build tools

// Package kwok pins KWOK, which plays nodes and the lives of their pods.
package kwok

import _ "sigs.k8s.io/kwok/cmd/kwok"
