-- The record of each run, as package journal writes it. The type json keeps the text as it is.
CREATE TABLE zoneloom_runs (
	id     text PRIMARY KEY,
	number integer GENERATED ALWAYS AS IDENTITY UNIQUE, -- the key of the advisory lock that a run holds
	head   json NOT NULL,
	plan   json NOT NULL
);

CREATE TABLE zoneloom_events (
	run   text NOT NULL REFERENCES zoneloom_runs (id),
	n     integer NOT NULL,
	event json NOT NULL,
	PRIMARY KEY (run, n)
);
