package powerdns

import (
	"errors"
	"fmt"
	"strings"
)

// late are the SVCB parameters that the server knows by number only.
var late = map[string]string{"dohpath": "key7", "ohttp": "key8"}

// paramsTo writes SVCB data, in which every value is quoted, as the server
// does: only what it doesn't understand, ech, and what holds a blank in quotes.
func paramsTo(data string) (string, error) {
	words := cutWords(data)
	if words[0] == "0" && len(words) > 2 {
		return "", errors.New("PowerDNS takes no parameters with the priority 0, where they mean nothing")
	}
	for i, w := range words {
		if i < 2 {
			words[i] = rawWord(w)
			continue
		}
		key, value, hasValue := strings.Cut(w, "=")
		number, isLate := late[key]
		switch {
		case isLate && !hasValue:
			words[i] = number + `=""`
		case isLate:
			words[i] = number + "=" + value
		case key == "ech" || strings.HasPrefix(key, "key"):
			if !hasValue {
				words[i] = key + `=""`
			}
		case hasValue:
			plain, err := plainParam(key, strings.Trim(value, `"`))
			if err != nil {
				return "", err
			}
			words[i] = key + "=" + plain
		}
	}
	return strings.Join(words, " "), nil
}

// errParam is a value that the server's parser is known to misread.
var errParam = errors.New("PowerDNS misreads a parameter with a backslash, a blank or a character outside ASCII in it")

// plainParam writes the value of a parameter that the server understands.
func plainParam(key, value string) (string, error) {
	if strings.ContainsAny(value, `\" `) {
		return "", fmt.Errorf("parameter %s: %w", key, errParam)
	}
	items := strings.Split(value, ",")
	for i, item := range items {
		if number, isLate := late[item]; isLate && key == "mandatory" {
			items[i] = number
		}
	}
	return strings.Join(items, ","), nil
}

// paramsFrom turns what paramsTo writes by number into names again.
func paramsFrom(content string) string {
	words := cutWords(content)
	for i, w := range words {
		if i < 2 {
			words[i] = escapeWord(w)
			continue
		}
		key, value, hasValue := strings.Cut(w, "=")
		for name, number := range late {
			switch {
			case key == number && value == `""`:
				words[i] = name
			case key == number:
				words[i] = name + "=" + value
			case key == "mandatory" && hasValue:
				value = renameItem(value, number, name)
				words[i] = key + "=" + value
			}
		}
	}
	return strings.Join(words, " ")
}

func renameItem(list, from, to string) string {
	items := strings.Split(list, ",")
	for i, item := range items {
		if item == from {
			items[i] = to
		}
	}
	return strings.Join(items, ",")
}
