package config

import "strings"

// didYouMean returns a hint for a word that isn't among the known ones: the
// nearest of them, or else all.
func didYouMean(word string, known []string) string {
	const longest = 40 // no key is longer, and the distance costs its square
	best, nearest := "", 1+min(len(word), longest)/3
	for _, k := range known {
		if len(word) > longest {
			break
		}
		if d := distance(strings.ToLower(word), k); d <= nearest {
			best, nearest = k, d-1
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	if len(known) == 0 {
		return ""
	}
	return "known: " + strings.Join(known, ", ")
}

// distance returns how many letters must be added, dropped, replaced or swapped
// with their neighbour to turn a into b.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range len(b) {
		rows[0][j+1] = j + 1
		for i := range len(a) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			d := min(rows[i][j]+cost, rows[i][j+1]+1, rows[i+1][j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(a)][len(b)]
}
