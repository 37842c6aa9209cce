package powerdns

// What FuzzContent holds to be inverse.
var (
	ContentTo = contentTo
	DataFrom  = dataFrom
)
