"""Runs the migrations on the connection that `orchestra_storage.migrate` has opened; it commits as well."""

from alembic import context

from orchestra_storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot alter most of a table, so Alembic copies it; the copy keeps its rows.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
