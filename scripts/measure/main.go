// Command measure prints Zoneloom's figures: calls, time and peak memory, held
// against a floor program that only parses the same YAML into nodes and fetches
// and decodes the same pages. The service is a sandbox in measure's own process;
// Zoneloom and the floor run as processes of their own, in turn.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strconv"
)

func main() {
	if len(os.Args) == 4 && os.Args[1] == "floor" {
		exit(floor(context.Background(), os.Args[2], os.Args[3]))
	}
	zoneloom := flag.String("zoneloom", "", "the `binary` to measure")
	runs := flag.Int("runs", 5, "runs of each command, of which the median counts")
	flag.Parse()
	sizes := []int{10_000, 100_000}
	if flag.NArg() > 0 {
		sizes = nil
		for _, arg := range flag.Args() {
			n, err := strconv.Atoi(arg)
			if err != nil || n < 1 {
				exit(fmt.Errorf("%q is not a number of records", arg))
			}
			sizes = append(sizes, n)
		}
	}
	exit(measure(context.Background(), *zoneloom, *runs, sizes))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
	os.Exit(0)
}
