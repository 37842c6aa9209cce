-- Who writes which zone. A row stays once it is there: an epoch never falls.
CREATE TABLE zoneloom_locks (
	target  text NOT NULL,
	zone    text NOT NULL,
	epoch   bigint NOT NULL,     -- raised each time that the lock is taken, or freed by force
	claim   text,                -- names the taking that holds it; null where nobody does
	holder  json,                -- who that is
	since   timestamptz,
	expires timestamptz,         -- by this server's clock, as all of these
	PRIMARY KEY (target, zone),
	CHECK (claim IS NULL OR since IS NOT NULL AND expires IS NOT NULL)
);

CREATE INDEX zoneloom_locks_held ON zoneloom_locks (claim) WHERE claim IS NOT NULL;
