# Short names for those who have make; nothing here needs it.
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: build test lint fuzz figures

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o zoneloom ./cmd/zoneloom

test:
	sh scripts/test

lint:
	sh scripts/test lint

fuzz:
	sh scripts/test fuzz

figures:
	sh scripts/figures
