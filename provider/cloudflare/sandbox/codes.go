package sandbox

// The codes of errors. Those marked as chosen here stand for refusals whose code no source gives.
const (
	codeJSON           = 6007
	codeHeaders        = 6003
	codeKeyForm        = 6103
	codeContentType    = 6105
	codeAuthForm       = 6111
	codeNoRoute        = 7003
	codeAuth           = 10000
	codeUnauthorized   = 9109
	codeNoAuth         = 9106
	codeUnknownKey     = 9103
	codeBadToken       = 1000
	codeRate           = 10429
	codeTooLarge       = 10413 // chosen here
	codeInternal       = 10001 // chosen here
	codeQuery          = 10002 // chosen here
	codeZoneName       = 1049
	codeZoneExists     = 1061
	codeZoneDenied     = 1068
	codeZoneRoot       = 1099
	codeZonePartial    = 1104
	codeZoneSubdomain  = 1116
	codeOneProperty    = 1085
	codeReadOnly       = 1043 // chosen here
	codeNoRecord       = 81044
	codeQuota          = 81045
	codeCNAMEOthers    = 81053
	codeOthersCNAME    = 81054
	codeNS             = 81056
	codeIdentical      = 81058
	codeBatch          = 81099 // chosen here
	codeCombined       = 83011
	codeName           = 9000
	codeTarget         = 9003
	codeNotProxiable   = 9004
	codeA              = 9005
	codeAAAA           = 9006
	codeCNAME          = 9007
	codeNSTarget       = 9008 // chosen here
	codeMX             = 9009
	codePTR            = 9010 // chosen here
	codeLength         = 9015
	codeTTL            = 9021
	codeSelf           = 9039
	codeTXT            = 9051
	codeType           = 9100 // chosen here
	codeData           = 9101
	codeValue          = 9102 // chosen here, also for priority and for a DS without NS
	codeJSONType       = 9207
	codeTagQuota       = 9300
	codeTag            = 9301 // chosen here
	codeComment        = 9313
	codeCommentContent = 9314 // chosen here
)
