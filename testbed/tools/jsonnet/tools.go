//go:build tools

// Package jsonnet pins the formatter and the linter of the mixin's files.
package jsonnet

import (
	_ "github.com/google/go-jsonnet/cmd/jsonnet-lint"
	_ "github.com/google/go-jsonnet/cmd/jsonnetfmt"
)
