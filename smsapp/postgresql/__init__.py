"""The database engine of the product: Django's own for PostgreSQL, with a pool that survives a fail-over."""
