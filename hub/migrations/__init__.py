"""Alembic's migrations of the store. `hub.store.versions` runs them; see `env.py` for by hand."""
