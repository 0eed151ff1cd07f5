"""Visits of the valuation page: totals a day, and which visits are counted already."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "visit_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("variant", sa.String(length=20), nullable=False),
        sa.Column("market", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "day", "variant", "market", "language", name=op.f("pk_visit_counts")
        ),
    )
    op.create_table(
        "visits_spent",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("variant", sa.String(length=20), nullable=False),
        sa.Column("market", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_visits_spent")),
    )
    with op.batch_alter_table("visits_spent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visits_spent_expires_at"), ["expires_at"])


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("visits_spent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visits_spent_expires_at"))
    op.drop_table("visits_spent")
    op.drop_table("visit_counts")
