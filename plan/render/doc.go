// Package render shows plans to people. It reads only the plan's data, writes
// to the io.Writer it is given, and decides nothing.
package render
