package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the key of the advisory lock under which the schema changes.
const migrationLock = 0x7a6f6e65 // "zone"

// migrate brings the database's schema to this version's: each file of
// migrations that it hasn't had yet, in one transaction that nobody else runs at
// the same time. A schema of a newer version is an error.
func migrate(ctx context.Context, c *pgx.Conn) error {
	files, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return err
	}
	var had int
	err = c.QueryRow(ctx, `SELECT max(version) FROM zoneloom_migrations`).Scan(&had)
	if err == nil && had == len(files) {
		return nil // as nearly always: no right to create anything is needed
	}
	return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, migrationLock); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS zoneloom_migrations (
			version integer PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())`)
		if err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT coalesce(max(version), 0) FROM zoneloom_migrations`).Scan(&had); err != nil {
			return err
		}
		if had > len(files) {
			return fmt.Errorf("the database's schema is of version %d, and this zoneloom knows %d: use the release that made it, or a newer one", had, len(files))
		}
		for i := had; i < len(files); i++ {
			text, err := migrations.ReadFile(files[i])
			if err == nil {
				_, err = tx.Exec(ctx, string(text))
			}
			if err == nil {
				_, err = tx.Exec(ctx, `INSERT INTO zoneloom_migrations (version) VALUES ($1)`, i+1)
			}
			if err != nil {
				return errors.Join(fmt.Errorf("migration %s", files[i]), err)
			}
		}
		return nil
	})
}
