"""Protection of valuations: the days' secrets, solved challenges, who asked how much today."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "valuation_secrets",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("secret", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_valuation_secrets")),
    )
    op.create_table(
        "valuation_used",
        sa.Column("challenge", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("challenge", name=op.f("pk_valuation_used")),
    )
    op.create_index(op.f("ix_valuation_used_expires_at"), "valuation_used", ["expires_at"])
    op.create_table(
        "valuation_askers",
        sa.Column("asker", sa.String(length=200), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("state", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("asker", name=op.f("pk_valuation_askers")),
    )
    op.create_index(op.f("ix_valuation_askers_day"), "valuation_askers", ["day"])


def downgrade() -> None:
    """Back."""
    for table in ("valuation_askers", "valuation_used", "valuation_secrets"):
        op.drop_table(table)
