//go:build tools

// Package workflows pins actionlint for the script check.
package workflows

import _ "github.com/rhysd/actionlint/cmd/actionlint"
