"""The label store: sets, revisions, images, events of boxes, flags, tasks, reviews."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "label_labelers",
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("dealt", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("by", name=op.f("pk_label_labelers")),
    )
    op.create_table(
        "label_sets",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_sets")),
        sa.UniqueConstraint("name", name=op.f("uq_label_sets_name")),
    )
    op.create_table(
        "label_revisions",
        sa.Column("set_id", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("classes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("reverts", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"], ["label_sets.id"], name=op.f("fk_label_revisions_set_id")
        ),
        sa.PrimaryKeyConstraint("set_id", "number", name=op.f("pk_label_revisions")),
    )
    op.create_table(
        "label_runs",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("set_id", sa.String(length=200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["set_id"], ["label_sets.id"], name=op.f("fk_label_runs_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_runs")),
    )
    with op.batch_alter_table("label_runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_label_runs_set_id"), ["set_id"], unique=False)

    op.create_table(
        "label_images",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("set_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("photo_id", sa.String(length=200), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photos.id"], name=op.f("fk_label_images_photo_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["set_id"], ["label_sets.id"], name=op.f("fk_label_images_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_images")),
        sa.UniqueConstraint("set_id", "name", name="uq_label_images_name"),
    )
    with op.batch_alter_table("label_images", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_label_images_photo_id"), ["photo_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_label_images_sha256"), ["sha256"], unique=False)

    op.create_table(
        "label_box_events",
        sa.Column("box_id", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("set_id", sa.String(length=200), nullable=False),
        sa.Column("image_id", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("op", sa.String(length=10), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("x1", sa.Double(), nullable=False),
        sa.Column("y1", sa.Double(), nullable=False),
        sa.Column("x2", sa.Double(), nullable=False),
        sa.Column("y2", sa.Double(), nullable=False),
        sa.Column("marks", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["label_images.id"],
            name=op.f("fk_label_box_events_image_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["set_id", "revision"],
            ["label_revisions.set_id", "label_revisions.number"],
            name="fk_label_box_events_revision",
        ),
        sa.PrimaryKeyConstraint("box_id", "revision", name=op.f("pk_label_box_events")),
    )
    with op.batch_alter_table("label_box_events", schema=None) as batch_op:
        batch_op.create_index(
            "ix_label_box_events_image", ["image_id", "revision", "position"], unique=False
        )
        batch_op.create_index(
            "ix_label_box_events_set", ["set_id", "revision", "position"], unique=False
        )

    op.create_table(
        "label_flags",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("set_id", sa.String(length=200), nullable=False),
        sa.Column("run_id", sa.String(length=200), nullable=True),
        sa.Column("image_id", sa.String(length=200), nullable=False),
        sa.Column("box_id", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("suggestion", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("reason", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("shown", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["label_images.id"],
            name=op.f("fk_label_flags_image_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["label_runs.id"], name=op.f("fk_label_flags_run_id")),
        sa.ForeignKeyConstraint(["set_id"], ["label_sets.id"], name=op.f("fk_label_flags_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_flags")),
    )
    with op.batch_alter_table("label_flags", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_label_flags_box_id"), ["box_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_label_flags_image_id"), ["image_id"], unique=False)
        batch_op.create_index("ix_label_flags_set", ["set_id", "id"], unique=False)

    op.create_table(
        "label_image_events",
        sa.Column("image_id", sa.String(length=200), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("set_id", sa.String(length=200), nullable=False),
        sa.Column("op", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["label_images.id"],
            name=op.f("fk_label_image_events_image_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["set_id", "revision"],
            ["label_revisions.set_id", "label_revisions.number"],
            name="fk_label_image_events_revision",
        ),
        sa.PrimaryKeyConstraint("image_id", "revision", name=op.f("pk_label_image_events")),
    )
    op.create_table(
        "label_tasks",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("flag_id", sa.String(length=200), nullable=False),
        sa.Column("set_id", sa.String(length=200), nullable=False),
        sa.Column("image_id", sa.String(length=200), nullable=False),
        sa.Column("gain_per_second", sa.Double(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("check", sa.Boolean(), nullable=False),
        sa.Column("second", sa.Boolean(), nullable=False),
        sa.Column("only_for", sa.String(length=200), nullable=True),
        sa.Column("shown_at", sa.Integer(), nullable=True),
        sa.Column("served", sa.Integer(), nullable=True),
        sa.Column("leased_by", sa.String(length=200), nullable=True),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.Column("superseded_by", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["flag_id"], ["label_flags.id"], name=op.f("fk_label_tasks_flag_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["label_images.id"],
            name=op.f("fk_label_tasks_image_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["set_id"], ["label_sets.id"], name=op.f("fk_label_tasks_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_tasks")),
    )
    with op.batch_alter_table("label_tasks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_label_tasks_flag_id"), ["flag_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_label_tasks_image_id"), ["image_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_label_tasks_leased_by"), ["leased_by"], unique=False)
        batch_op.create_index(
            "ix_label_tasks_queue", ["state", "set_id", "gain_per_second", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_label_tasks_superseded_by"), ["superseded_by"], unique=False
        )

    op.create_table(
        "label_drafts",
        sa.Column("task_id", sa.String(length=200), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("edits", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["label_tasks.id"],
            name=op.f("fk_label_drafts_task_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("task_id", "by", name=op.f("pk_label_drafts")),
    )
    with op.batch_alter_table("label_drafts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_label_drafts_by"), ["by"], unique=False)

    op.create_table(
        "label_reviews",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("task_id", sa.String(length=200), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("edits", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("verdict", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["label_tasks.id"],
            name=op.f("fk_label_reviews_task_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_reviews")),
    )
    with op.batch_alter_table("label_reviews", schema=None) as batch_op:
        batch_op.create_index("ix_label_reviews_by", ["by", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_label_reviews_task_id"), ["task_id"], unique=False)


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("label_reviews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_label_reviews_task_id"))
        batch_op.drop_index("ix_label_reviews_by")

    op.drop_table("label_reviews")
    with op.batch_alter_table("label_drafts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_label_drafts_by"))

    op.drop_table("label_drafts")
    with op.batch_alter_table("label_tasks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_label_tasks_superseded_by"))
        batch_op.drop_index("ix_label_tasks_queue")
        batch_op.drop_index(batch_op.f("ix_label_tasks_leased_by"))
        batch_op.drop_index(batch_op.f("ix_label_tasks_image_id"))
        batch_op.drop_index(batch_op.f("ix_label_tasks_flag_id"))

    op.drop_table("label_tasks")
    op.drop_table("label_image_events")
    with op.batch_alter_table("label_flags", schema=None) as batch_op:
        batch_op.drop_index("ix_label_flags_set")
        batch_op.drop_index(batch_op.f("ix_label_flags_image_id"))
        batch_op.drop_index(batch_op.f("ix_label_flags_box_id"))

    op.drop_table("label_flags")
    with op.batch_alter_table("label_box_events", schema=None) as batch_op:
        batch_op.drop_index("ix_label_box_events_set")
        batch_op.drop_index("ix_label_box_events_image")

    op.drop_table("label_box_events")
    with op.batch_alter_table("label_images", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_label_images_sha256"))
        batch_op.drop_index(batch_op.f("ix_label_images_photo_id"))

    op.drop_table("label_images")
    with op.batch_alter_table("label_runs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_label_runs_set_id"))

    op.drop_table("label_runs")
    op.drop_table("label_revisions")
    op.drop_table("label_sets")
    op.drop_table("label_labelers")
