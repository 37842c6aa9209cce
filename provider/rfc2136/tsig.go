package rfc2136

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/zoneloom/zoneloom/provider"
)

// A Key signs messages to a server and proves its answers (RFC 8945).
type Key struct {
	Name      string // with a final dot
	Algorithm string // "hmac-sha256.", in DNS's own form
	Secret    []byte
}

// fudge is how many seconds the clocks may differ (RFC 8945 section 10).
const fudge = 300

// maxUnsigned is how many messages of a transfer may stand between two that are
// signed (RFC 8945 section 5.3.1).
const maxUnsigned = 99

// errKeyRefused is wrapped by what the server says of a key that it doesn't accept:
// it did nothing else with the message.
var errKeyRefused = errors.New("the server refuses the key")

// errBadKey is an errKeyRefused: the server says that it has no such key.
var errBadKey = fmt.Errorf("%w", errKeyRefused)

var errUnsigned = errors.New("the server's answer isn't signed")

// sign returns m on the wire and its MAC.
func (k *Key) sign(m *dns.Msg) (wire, mac []byte, err error) {
	m = m.Copy() // the TSIG is taken off again, but not where it fails
	m.SetTsig(k.Name, k.Algorithm, fudge, time.Now().Unix())
	wire, text, err := dns.TsigGenerate(m, base64.StdEncoding.EncodeToString(k.Secret), "", false)
	if err != nil {
		return nil, nil, err
	}
	mac, err = hex.DecodeString(text)
	return wire, mac, err
}

func (k *Key) hash() hash.Hash {
	switch k.Algorithm {
	case dns.HmacSHA1:
		return hmac.New(sha1.New, k.Secret)
	case dns.HmacSHA224:
		return hmac.New(sha256.New224, k.Secret)
	case dns.HmacSHA384:
		return hmac.New(sha512.New384, k.Secret)
	case dns.HmacSHA512:
		return hmac.New(sha512.New, k.Secret)
	}
	return hmac.New(sha256.New, k.Secret)
}

// verifier proves the messages that answer one request, in their order.
type verifier struct {
	key     *Key   // nil: nothing is signed
	mac     []byte // of the request, then of the last signed answer
	later   bool   // the first answer was signed
	pending []byte // what came unsigned since
	count   int    // of messages in pending
}

// check proves one message, or notes that it must be proved by a later one.
func (v *verifier) check(raw []byte) error {
	if v.key == nil {
		return nil
	}
	at, err := tsigOffset(raw)
	if err != nil {
		return err
	}
	if at < 0 {
		if v.count++; !v.later || v.count > maxUnsigned {
			return errUnsigned
		}
		v.pending = append(v.pending, raw...)
		return nil
	}
	rr, _, err := dns.UnpackRR(raw, at)
	if err != nil {
		return err
	}
	t, ok := rr.(*dns.TSIG)
	if !ok {
		return errUnsigned
	}
	if t.Error == dns.RcodeBadKey || t.Error == dns.RcodeBadSig {
		return v.key.refused(t) // such an answer has no signature
	}
	mac, err := hex.DecodeString(t.MAC)
	if err != nil {
		return err
	}
	if !strings.EqualFold(t.Hdr.Name, v.key.Name) || !hmac.Equal(mac, v.digest(raw[:at], t)) {
		return fmt.Errorf("%w: the server's answer has a wrong signature: the two sides have different secrets for the key %s, or somebody stands between", provider.ErrAuth, v.key.Name)
	}
	if t.Error == dns.RcodeBadTime {
		return v.key.refused(t)
	}
	if apart := time.Since(time.Unix(int64(t.TimeSigned), 0)).Abs(); apart > fudge*time.Second {
		return fmt.Errorf("%w: the server signed its answer at a time that is %s from now: set the clocks of both machines", provider.ErrAuth, apart.Round(time.Second))
	}
	v.mac, v.later, v.pending, v.count = mac, true, v.pending[:0], 0
	return nil
}

// digest returns the MAC that a message must have, of which t was taken off
// (RFC 8945 section 4.3).
func (v *verifier) digest(msg []byte, t *dns.TSIG) []byte {
	h := v.key.hash()
	h.Write(binary.BigEndian.AppendUint16(nil, uint16(len(v.mac))))
	h.Write(v.mac)
	h.Write(v.pending)
	header := append([]byte(nil), msg[:headerLen]...)
	binary.BigEndian.PutUint16(header, t.OrigId)
	binary.BigEndian.PutUint16(header[10:], binary.BigEndian.Uint16(header[10:])-1)
	h.Write(header)
	h.Write(msg[headerLen:])
	if !v.later {
		h.Write(wireName(t.Hdr.Name))
		h.Write(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(nil, dns.ClassANY), 0))
		h.Write(wireName(t.Algorithm))
	}
	var signed [8]byte
	binary.BigEndian.PutUint64(signed[:], t.TimeSigned)
	h.Write(signed[2:])
	h.Write(binary.BigEndian.AppendUint16(nil, t.Fudge))
	if !v.later {
		other, _ := hex.DecodeString(t.OtherData)
		h.Write(binary.BigEndian.AppendUint16(nil, t.Error))
		h.Write(binary.BigEndian.AppendUint16(nil, uint16(len(other))))
		h.Write(other)
	}
	return h.Sum(nil)
}

// finished reports whether everything that came was proved.
func (v *verifier) finished() error {
	if v.key != nil && v.count > 0 {
		return errUnsigned
	}
	return nil
}

// refused says why a server didn't accept the key.
func (k *Key) refused(t *dns.TSIG) error {
	switch t.Error {
	case dns.RcodeBadKey:
		return fmt.Errorf("%w, %w: the server knows no key %s with %s (BADKEY): compare key_name and algorithm with the server's own", errBadKey, provider.ErrAuth, k.Name, strings.TrimSuffix(k.Algorithm, "."))
	case dns.RcodeBadSig:
		return fmt.Errorf("%w, %w: the server has another secret for the key %s (BADSIG): compare secret with the server's own", errKeyRefused, provider.ErrAuth, k.Name)
	}
	theirs := "another"
	if other, err := hex.DecodeString(t.OtherData); err == nil && len(other) == 6 {
		seconds := binary.BigEndian.Uint64(append([]byte{0, 0}, other...))
		theirs = time.Unix(int64(seconds), 0).UTC().Format(time.RFC3339)
	}
	return fmt.Errorf("%w, %w: the server's time is %s, and ours is %s (BADTIME): set the clock that is wrong", errKeyRefused, provider.ErrAuth, theirs, time.Now().UTC().Format(time.RFC3339))
}

// wireName returns a name on the wire, in lower case.
func wireName(name string) []byte {
	buf := make([]byte, 256)
	n, err := dns.PackDomainName(dns.CanonicalName(name), buf, 0, nil, false)
	if err != nil {
		return nil
	}
	return buf[:n]
}

// headerLen is the length of a message's header.
const headerLen = 12

var errMessage = errors.New("the server sent a message that can't be read")

// tsigOffset returns where in a message its TSIG begins, or -1: it is the last
// record.
func tsigOffset(msg []byte) (int, error) {
	if len(msg) < headerLen {
		return 0, errMessage
	}
	var counts [4]int
	for i := range counts {
		counts[i] = int(binary.BigEndian.Uint16(msg[4+2*i:]))
	}
	off := headerLen
	var ok bool
	for range counts[0] {
		if off, ok = skipName(msg, off); !ok {
			return 0, errMessage
		}
		off += 4 // type and class
	}
	last, typ := -1, uint16(0)
	for range counts[1] + counts[2] + counts[3] {
		last = off
		if off, ok = skipName(msg, off); !ok || off+10 > len(msg) {
			return 0, errMessage
		}
		typ = binary.BigEndian.Uint16(msg[off:])
		off += 10 + int(binary.BigEndian.Uint16(msg[off+8:]))
	}
	switch {
	case off > len(msg):
		return 0, errMessage
	case counts[3] == 0 || typ != dns.TypeTSIG:
		return -1, nil
	}
	return last, nil
}

// skipName returns the offset after a name.
func skipName(msg []byte, off int) (int, bool) {
	for off < len(msg) {
		switch c := int(msg[off]); {
		case c == 0:
			return off + 1, true
		case c >= 0xc0:
			return off + 2, true
		case c >= 0x40:
			return 0, false
		default:
			off += 1 + c
		}
	}
	return 0, false
}
