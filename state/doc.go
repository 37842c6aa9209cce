// Package state is the model that everything else shares: names, record
// types, canonical RDATA, RRsets, zones, the changes between two of them, and
// the rules by which a zone's owner claims records.
//
// Values are parsed and made canonical once, at the edge, and compared with ==
// from then on. The package knows neither YAML nor any service; it uses a DNS
// library only for the syntax of RDATA, behind ParseData.
package state
