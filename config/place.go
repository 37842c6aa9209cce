package config

import "github.com/zoneloom/zoneloom/state"

// places turns a state.Src back into a position. Src 0 is no place, so the
// first entry stands for nothing.
type places struct {
	files   []string
	packed  []place
	written []keySet // parallel to packed
	sets    []string // key sets by number: each key followed by a line break
	numbers map[string]keySet

	spots map[state.Src][]place // of each character of the expressions of policies
}

// place is a position in 8 bytes: 20 bits for the file, 28 for the line, 16 for
// the column. A column beyond those prints as the last one that fits.
type place uint64

const (
	lineBits   = 28
	columnBits = 16
	maxColumn  = 1<<columnBits - 1
	maxFiles   = 1 << 20
)

// keySet numbers a set of keys that are written on one record or value. Only a
// few sets occur, however many records there are.
type keySet uint32

func newPlaces() *places {
	return &places{
		packed:  make([]place, 1),
		written: make([]keySet, 1),
		sets:    []string{""},
		numbers: map[string]keySet{"": 0},
		spots:   map[state.Src][]place{},
	}
}

// addFile returns the number of a new file.
func (p *places) addFile(name string) int {
	p.files = append(p.files, name)
	return len(p.files) - 1
}

// distinct returns the files, each once, in the order in which they were added.
func (p *places) distinct() []string {
	var files []string
	seen := map[string]bool{}
	for _, f := range p.files {
		if !seen[f] {
			seen[f] = true
			files = append(files, f)
		}
	}
	return files
}

// add returns a new Src for a position.
func (p *places) add(at place, written keySet) state.Src {
	p.packed = append(p.packed, at)
	p.written = append(p.written, written)
	return state.Src(len(p.packed) - 1)
}

func pack(file, line, column int) place {
	return place(file)<<(lineBits+columnBits) | place(line)<<columnBits | place(min(column, maxColumn))
}

// pos returns where a place is.
func (p *places) pos(at place) Pos {
	return Pos{
		File:   p.files[at>>(lineBits+columnBits)],
		Line:   int(at >> columnBits & (1<<lineBits - 1)),
		Column: int(at & maxColumn),
	}
}

// posOf returns where src was declared, or the zero Pos for no place.
func (p *places) posOf(src state.Src) Pos {
	if src == 0 || int(src) >= len(p.packed) {
		return Pos{}
	}
	return p.pos(p.packed[src])
}

// keys returns the number of a set of keys, given as text with a line break
// after each.
func (p *places) keys(text string) keySet {
	n, known := p.numbers[text]
	if !known {
		n = keySet(len(p.sets))
		p.sets = append(p.sets, text)
		p.numbers[text] = n
	}
	return n
}
