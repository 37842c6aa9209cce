// Package live asks authoritative name servers for the records of a zone and
// tells, server by server, where their answers differ from what is wanted. It
// finds the servers by the delegation in the parent zone, or is told them. It
// only asks: it never transfers a zone and never writes.
package live
