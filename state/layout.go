package state

// kind is how one column of RDATA is read and written.
type kind uint8

// Kinds of one token each, then those that take all tokens up to the end.
const (
	num8 kind = iota
	num16
	num32
	bit         // 0 or 1
	gatewayType // num8 that a later gateway goes by: 0 none, 1 IPv4, 2 IPv6, 3 a name
	duration    // seconds in 32 bits; units are read
	algorithm   // num8; a mnemonic of DNSSEC is read
	certType    // num16; a mnemonic of RFC 4398 is read
	rrType      // a type's mnemonic
	moment      // seconds since 1970 in 32 bits; YYYYMMDDHHmmSS is read
	ipv4
	ipv6
	host    // a domain name
	gateway // a dot for none, an address or a name
	str     // a character string of up to 255 octets
	longStr // a string up to the end of the RDATA
	tag     // letters and digits
	eui48
	eui64
	node64   // 64 bits as four groups of hex
	hexWord  // hex in one word
	saltWord // hexWord, or "-" for none
	b32Word  // base32hex in one word
	b64Word  // base64 in one word

	hexRest
	b64Rest
	b64Maybe // b64Rest, or nothing
	hostRest // any number of names
	strRest  // one or more character strings
	joined   // one or more strings that mean their concatenation
	typeRest // a bitmap of types
	aplRest  // one or more prefixes
	params   // SVCB parameters
	location // a LOC
)

// column is one field of a type's RDATA, named as in the configuration.
type column struct {
	name string
	kind kind
}

// layout is the RDATA of one type, with an example for people.
type layout struct {
	columns []column
	example string
}

// address, target and the like are the columns that several types share.
var (
	targetOnly = []column{{"target", host}}
	svcb       = []column{{"priority", num16}, {"target", host}, {"value", params}}
	keyColumns = []column{{"flags", num16}, {"protocol", num8}, {"algorithm", algorithm}, {"public_key", b64Rest}}
	dsColumns  = []column{{"key_tag", num16}, {"algorithm", algorithm}, {"digest_type", num8}, {"digest", hexRest}}
	tlsa       = []column{{"usage", num8}, {"selector", num8}, {"matching_type", num8}, {"certificate", hexRest}}
	texts      = []column{{"text", strRest}}
	signature  = []column{
		{"type_covered", rrType},
		{"algorithm", algorithm},
		{"labels", num8},
		{"original_ttl", num32},
		{"expiration", moment},
		{"inception", moment},
		{"key_tag", num16},
		{"signer", host},
		{"signature", b64Rest},
	}
)

// layouts has the types that Zoneloom can read in presentation form, apart from
// TXT and SPF. All others are opaque.
var layouts = map[Type]layout{
	"A":     {[]column{{"address", ipv4}}, "192.0.2.1"},
	"AAAA":  {[]column{{"address", ipv6}}, "2001:db8::1"},
	"AFSDB": {[]column{{"subtype", num16}, {"hostname", host}}, "1 afs.example.com."},
	"ALIAS": {targetOnly, "www.example.com."},
	"AMTRELAY": {
		[]column{{"precedence", num8}, {"discovery", bit}, {"relay_type", gatewayType}, {"relay", gateway}},
		"10 0 1 192.0.2.1",
	},
	"APL":     {[]column{{"prefixes", aplRest}}, "1:192.0.2.0/24 !1:192.0.2.64/28"},
	"AVC":     {texts, `"app-name:WOLFGANG|app-class:OAM"`},
	"CAA":     {[]column{{"flags", num8}, {"tag", tag}, {"value", longStr}}, `0 issue "letsencrypt.org"`},
	"CDNSKEY": {keyColumns, "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0d"},
	"CDS":     {dsColumns, "60485 13 2 d4b7d520e7bb5f0f67674a0c"},
	"CERT": {
		[]column{{"type", certType}, {"key_tag", num16}, {"algorithm", algorithm}, {"certificate", b64Rest}},
		"1 60485 8 MFEwCgYIKoZIzj0=",
	},
	"CNAME":  {targetOnly, "www.example.com."},
	"CSYNC":  {[]column{{"serial", num32}, {"flags", num16}, {"types", typeRest}}, "66 3 A NS AAAA"},
	"DHCID":  {[]column{{"digest", b64Rest}}, "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="},
	"DLV":    {dsColumns, "60485 13 2 d4b7d520e7bb5f0f67674a0c"},
	"DNAME":  {targetOnly, "example.net."},
	"DNSKEY": {keyColumns, "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0d"},
	"DS":     {dsColumns, "60485 13 2 d4b7d520e7bb5f0f67674a0c"},
	"EID":    {[]column{{"endpoint", hexRest}}, "0102"},
	"EUI48":  {[]column{{"address", eui48}}, "00-00-5e-00-53-2a"},
	"EUI64":  {[]column{{"address", eui64}}, "00-00-5e-ef-10-00-00-2a"},
	"GID":    {[]column{{"gid", num32}}, "1000"},
	"HINFO":  {[]column{{"cpu", str}, {"os", str}}, `"PC" "Linux"`},
	"HIP": {
		[]column{{"algorithm", num8}, {"hit", hexWord}, {"public_key", b64Word}, {"servers", hostRest}},
		"2 200100107b1a74df365639cc39f1d578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p rvs.example.com.",
	},
	"HTTPS": {svcb, `1 . alpn="h3,h2"`},
	"IPSECKEY": {
		[]column{{"precedence", num8}, {"gateway_type", gatewayType}, {"algorithm", num8}, {"gateway", gateway}, {"public_key", b64Maybe}},
		"10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==",
	},
	"ISDN": {[]column{{"address", strRest}}, `"150862028003217" "004"`},
	"KEY":  {keyColumns, "256 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0d"},
	"KX":   {[]column{{"preference", num16}, {"exchange", host}}, "10 kx.example.com."},
	"L32":  {[]column{{"preference", num16}, {"locator", ipv4}}, "10 10.1.2.0"},
	"L64":  {[]column{{"preference", num16}, {"locator", node64}}, "10 2001:0db8:1140:1000"},
	"LOC": {
		[]column{
			{"lat_degrees", location},
			{"lat_minutes", location},
			{"lat_seconds", location},
			{"lat_direction", location},
			{"long_degrees", location},
			{"long_minutes", location},
			{"long_seconds", location},
			{"long_direction", location},
			{"altitude", location},
			{"size", location},
			{"precision_horz", location},
			{"precision_vert", location},
		},
		"52 22 23.000 N 4 53 32.000 E -2.00m 1.00m 10000.00m 10.00m",
	},
	"LP":         {[]column{{"preference", num16}, {"fqdn", host}}, "10 l64.example.com."},
	"LUA":        {[]column{{"type", rrType}, {"code", joined}}, `A "ifportup(443, {'192.0.2.1', '192.0.2.2'})"`},
	"MB":         {targetOnly, "mail.example.com."},
	"MD":         {targetOnly, "mail.example.com."},
	"MF":         {targetOnly, "mail.example.com."},
	"MG":         {targetOnly, "mail.example.com."},
	"MINFO":      {[]column{{"rmailbx", host}, {"emailbx", host}}, "owner.example.com. errors.example.com."},
	"MR":         {targetOnly, "mail.example.com."},
	"MX":         {[]column{{"preference", num16}, {"exchange", host}}, "10 mail.example.com."},
	"NAPTR":      {[]column{{"order", num16}, {"preference", num16}, {"flags", str}, {"service", str}, {"regex", str}, {"replacement", host}}, `100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .`},
	"NID":        {[]column{{"preference", num16}, {"node_id", node64}}, "10 0014:4fff:ff20:ee64"},
	"NIMLOC":     {[]column{{"locator", hexRest}}, "0102"},
	"NINFO":      {texts, `"text"`},
	"NS":         {targetOnly, "ns1.example.com."},
	"NSAP-PTR":   {targetOnly, "www.example.com."},
	"NSEC":       {[]column{{"next", host}, {"types", typeRest}}, "b.example.com. A MX RRSIG NSEC"},
	"NSEC3":      {[]column{{"algorithm", num8}, {"flags", num8}, {"iterations", num16}, {"salt", saltWord}, {"next", b32Word}, {"types", typeRest}}, "1 1 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG"},
	"NSEC3PARAM": {[]column{{"algorithm", num8}, {"flags", num8}, {"iterations", num16}, {"salt", saltWord}}, "1 0 0 -"},
	"OPENPGPKEY": {[]column{{"public_key", b64Rest}}, "mQINBFit2ioBEADhbnJp"},
	"PTR":        {targetOnly, "www.example.com."},
	"PX":         {[]column{{"preference", num16}, {"map822", host}, {"mapx400", host}}, "10 example.com. c-us.example.net."},
	"RESINFO":    {texts, `"qnamemin" "exterr=15-17"`},
	"RKEY":       {keyColumns, "0 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0d"},
	"RP":         {[]column{{"mbox", host}, {"txt", host}}, "admin.example.com. txt.example.com."},
	"RRSIG":      {signature, "A 13 2 3600 1798761600 1796083200 60485 example.com. mdsswUyr3DPW132mOi8V9xESWE8jTo0d"},
	"RT":         {[]column{{"preference", num16}, {"host", host}}, "10 relay.example.com."},
	"SIG":        {signature, "A 13 2 3600 1798761600 1796083200 60485 example.com. mdsswUyr3DPW132mOi8V9xESWE8jTo0d"},
	"SMIMEA":     {tlsa, "3 1 1 0c72ac70b745ac19998811b131d662c9"},
	"SOA": {
		[]column{{"mname", host}, {"rname", host}, {"serial", num32}, {"refresh", duration}, {"retry", duration}, {"expire", duration}, {"minimum", duration}},
		"ns1.example.com. hostmaster.example.com. 2026010100 7200 3600 1209600 3600",
	},
	"SRV":    {[]column{{"priority", num16}, {"weight", num16}, {"port", num16}, {"target", host}}, "10 60 5060 sip.example.com."},
	"SSHFP":  {[]column{{"algorithm", num8}, {"type", num8}, {"fingerprint", hexRest}}, "4 2 123456789abcdef67890123456789abcdef67890"},
	"SVCB":   {svcb, `1 svc.example.com. alpn="h2" port="8443"`},
	"TA":     {dsColumns, "60485 13 2 d4b7d520e7bb5f0f67674a0c"},
	"TALINK": {[]column{{"previous", host}, {"next", host}}, "a.example.com. b.example.com."},
	"TLSA":   {tlsa, "3 1 1 0c72ac70b745ac19998811b131d662c9"},
	"UID":    {[]column{{"uid", num32}}, "1000"},
	"URI":    {[]column{{"priority", num16}, {"weight", num16}, {"target", longStr}}, `10 1 "https://www.example.com/"`},
	"ZONEMD": {[]column{{"serial", num32}, {"scheme", num8}, {"hash", num8}, {"digest", hexRest}}, "2026010100 1 1 c220b8a6ed5728a9"},
}
