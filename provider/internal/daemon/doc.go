// Package daemon runs real DNS servers for tests: each as an ordinary process of
// the test, in a folder of its own, on free ports of the loopback interface, and
// killed when the test ends. A server that isn't installed fails the test with
// the name of the Debian package that has it.
package daemon
