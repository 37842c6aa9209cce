// Package providertest holds what tests of providers and of those that use them
// share: Memory, a provider that keeps its zones in memory and fails on demand,
// and Run, the conformance suite that every provider passes.
package providertest
