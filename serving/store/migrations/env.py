"""What alembic runs: migrations on the connection that serving/store/migrate.py opened."""

from alembic import context

import labels.tables  # noqa: F401  # its tables are part of the metadata
import serving.store.valuation_tables  # and these
import serving.store.visit_tables  # noqa: F401  # and these
from serving.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter a table in place
)
with context.begin_transaction():
    context.run_migrations()
