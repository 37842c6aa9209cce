package rfc2136

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/miekg/dns"
)

// errBeforeSend is wrapped by what failed before anything was sent.
var errBeforeSend = errors.New("nothing was sent")

// conn is a connection to a server, for one request after the other.
type conn struct {
	net.Conn
	p      *Provider
	ended  func() error // why the caller wants no more, or nil
	in     *bufio.Reader
	forget func() bool
}

// dial connects. The connection breaks when ctx is done.
func (p *Provider) dial(ctx context.Context) (*conn, error) {
	d := &net.Dialer{Timeout: p.timeout()}
	raw, err := d.DialContext(ctx, "tcp", p.Addr)
	if err != nil {
		return nil, fmt.Errorf("connect to the server %s: %w", p.Addr, p.because(ctx.Err, err))
	}
	if p.TLS != nil {
		secure := tls.Client(raw, p.TLS)
		limited, cancel := context.WithTimeout(ctx, p.timeout())
		defer cancel()
		if err := secure.HandshakeContext(limited); err != nil {
			_ = raw.Close()
			return nil, fmt.Errorf("connect to the server %s with TLS: %w", p.Addr, p.because(ctx.Err, err))
		}
		raw = secure
	}
	c := &conn{Conn: raw, p: p, ended: ctx.Err, in: bufio.NewReaderSize(raw, 1<<16)}
	c.forget = context.AfterFunc(ctx, func() { _ = raw.Close() })
	return c, nil
}

// Close ends the connection.
func (c *conn) Close() error {
	c.forget()
	return c.Conn.Close()
}

// because returns why something failed: the caller's wish first.
func (p *Provider) because(ended func() error, err error) error {
	if cause := ended(); cause != nil {
		return cause
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return fmt.Errorf("no answer within %s: %w", p.timeout(), err)
	}
	return err
}

// send sends a message and returns the verifier of its answers.
func (c *conn) send(m *dns.Msg) (*verifier, error) {
	v := &verifier{key: c.p.Key}
	var wire []byte
	var err error
	if v.key != nil {
		wire, v.mac, err = v.key.sign(m)
	} else {
		wire, err = m.Pack()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBeforeSend, err)
	}
	if len(wire) > dns.MaxMsgSize {
		return nil, fmt.Errorf("%w: a message of %d octets is too long for DNS", errBeforeSend, len(wire))
	}
	if err := c.SetDeadline(time.Now().Add(c.p.timeout())); err != nil {
		return nil, c.p.because(c.ended, err)
	}
	framed := append(binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(wire)), uint16(len(wire))), wire...)
	if _, err := c.Write(framed); err != nil {
		return nil, fmt.Errorf("send to the server %s: %w", c.p.Addr, c.p.because(c.ended, err))
	}
	return v, nil
}

// receive reads one message that answers the one with the id.
func (c *conn) receive(v *verifier, id uint16) (*dns.Msg, error) {
	if err := c.SetDeadline(time.Now().Add(c.p.timeout())); err != nil {
		return nil, c.p.because(c.ended, err)
	}
	var length [2]byte
	if _, err := io.ReadFull(c.in, length[:]); err != nil {
		return nil, fmt.Errorf("read from the server %s: %w", c.p.Addr, c.p.because(c.ended, err))
	}
	raw := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(c.in, raw); err != nil {
		return nil, fmt.Errorf("read from the server %s: %w", c.p.Addr, c.p.because(c.ended, err))
	}
	r := new(dns.Msg)
	if err := r.Unpack(raw); err != nil {
		return nil, fmt.Errorf("%w: %w", errMessage, err)
	}
	if r.Id != id || !r.Response {
		return nil, fmt.Errorf("%w: it answers something else", errMessage)
	}
	err := v.check(raw)
	if errors.Is(err, errUnsigned) && r.Rcode != dns.RcodeSuccess {
		err = fmt.Errorf("%w: %w", err, c.refusal("the request", r))
	}
	return r, err
}

// exchange sends a question and returns its one answer: along with an error where
// that is errUnsigned.
func (c *conn) exchange(m *dns.Msg) (*dns.Msg, error) {
	v, err := c.send(m)
	if err != nil {
		return nil, err
	}
	r, err := c.receive(v, m.Id)
	if err != nil {
		return r, err
	}
	if r.Truncated {
		return nil, fmt.Errorf("the server %s cut its answer short (TC), which it may not over TCP: ask its operator", c.p.Addr)
	}
	return r, nil
}
