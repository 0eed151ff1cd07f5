"""The label store's tables, beside the service's own (serving/store/tables.py).

    session.get(SetRow, "set_…").revision

What was said of a box is appended (BoxEventRow, one for each box and revision) and never changed.
The columns that do change are conveniences that the history holds as well (SetRow.revision,
ImageRow.digest, ImageRow.present) or belong to the work on tasks (leases, drafts, counters).

The one exception: an image of a seller's photo ends with the photo, and everything said of it with
the image (ON DELETE CASCADE). Deleted is gone.
"""

from datetime import datetime

from sqlalchemy import (
    Boolean,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from serving.store.tables import Base, Json, now


class SetRow(Base):
    """A set of labelled images. `revision` is its newest; whoever writes locks this row first."""

    __tablename__ = "label_sets"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)


class RevisionRow(Base):
    """One change of a set, by one person or program, with the hash of what the set holds since."""

    __tablename__ = "label_revisions"

    set_id: Mapped[str] = mapped_column(ForeignKey("label_sets.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    classes: Mapped[Json]
    digest: Mapped[str] = mapped_column(String(64))
    by: Mapped[str]
    source: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(2000))
    reverts: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(default=now)


class ImageRow(Base):
    """A photo of a set: imported (`sha256` names the bytes) or one of the service (`photo_id`).

    `digest` is of its newest labels, `present` whether it belongs to the newest revision.
    """

    __tablename__ = "label_images"
    __table_args__ = (UniqueConstraint("set_id", "name", name="uq_label_images_name"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    set_id: Mapped[str] = mapped_column(ForeignKey("label_sets.id"))
    name: Mapped[str] = mapped_column(String(400))
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    photo_id: Mapped[str | None] = mapped_column(
        ForeignKey("photos.id", ondelete="CASCADE"), index=True
    )
    digest: Mapped[str] = mapped_column(String(64))
    present: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(default=now)


class ImageEventRow(Base):
    """An image came into the set or left it."""

    __tablename__ = "label_image_events"
    __table_args__ = (
        ForeignKeyConstraint(
            ["set_id", "revision"],
            ["label_revisions.set_id", "label_revisions.number"],
            name="fk_label_image_events_revision",
        ),
    )

    image_id: Mapped[str] = mapped_column(
        ForeignKey("label_images.id", ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    set_id: Mapped[str]
    op: Mapped[str] = mapped_column(String(10))


class BoxEventRow(Base):
    """What one revision made of one box: its whole state after that, and why.

    After a deletion the state is the last one. `position` orders the events of a revision.
    """

    __tablename__ = "label_box_events"
    __table_args__ = (
        ForeignKeyConstraint(
            ["set_id", "revision"],
            ["label_revisions.set_id", "label_revisions.number"],
            name="fk_label_box_events_revision",
        ),
        Index("ix_label_box_events_image", "image_id", "revision", "position"),
        Index("ix_label_box_events_set", "set_id", "revision", "position"),
    )

    box_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    set_id: Mapped[str]
    image_id: Mapped[str] = mapped_column(ForeignKey("label_images.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    op: Mapped[str] = mapped_column(String(10))
    label: Mapped[str]
    x1: Mapped[float]
    y1: Mapped[float]
    x2: Mapped[float]
    y2: Mapped[float]
    marks: Mapped[Json]
    by: Mapped[str]
    source: Mapped[str] = mapped_column(String(20))
    reason: Mapped[Json]
    created_at: Mapped[datetime] = mapped_column(default=now)


class RunRow(Base):
    """A quality run over one revision, with its report."""

    __tablename__ = "label_runs"

    id: Mapped[str] = mapped_column(primary_key=True)
    set_id: Mapped[str] = mapped_column(ForeignKey("label_sets.id"), index=True)
    revision: Mapped[int] = mapped_column(Integer)
    report: Mapped[Json]
    created_at: Mapped[datetime] = mapped_column(default=now)


class FlagRow(Base):
    """A doubt of a run, or, with `shown` (its boxes and the truth), a hidden check."""

    __tablename__ = "label_flags"
    __table_args__ = (Index("ix_label_flags_set", "set_id", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    set_id: Mapped[str] = mapped_column(ForeignKey("label_sets.id"))
    run_id: Mapped[str | None] = mapped_column(ForeignKey("label_runs.id"))
    image_id: Mapped[str] = mapped_column(
        ForeignKey("label_images.id", ondelete="CASCADE"), index=True
    )
    box_id: Mapped[str | None] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    probability: Mapped[float]
    seconds: Mapped[float]
    suggestion: Mapped[Json | None]
    reason: Mapped[Json]
    shown: Mapped[Json | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class TaskRow(Base):
    """A flag to be reviewed by somebody: by `only_for` alone, where it is set.

    state: open, done, or superseded (by a newer run, or because `superseded_by`, a review, settled
    the box). `check` says that it is a hidden check, `second` that it asks another labeler the same
    again; neither changes labels, and nothing that is told shows it. `shown_at` is the revision
    whose boxes are shown, None for the newest; `served` the one that was shown last.
    """

    __tablename__ = "label_tasks"
    __table_args__ = (Index("ix_label_tasks_queue", "state", "set_id", "gain_per_second", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    flag_id: Mapped[str] = mapped_column(
        ForeignKey("label_flags.id", ondelete="CASCADE"), index=True
    )
    set_id: Mapped[str] = mapped_column(ForeignKey("label_sets.id"))
    image_id: Mapped[str] = mapped_column(
        ForeignKey("label_images.id", ondelete="CASCADE"), index=True
    )
    gain_per_second: Mapped[float]
    state: Mapped[str] = mapped_column(String(12))
    check: Mapped[bool] = mapped_column(Boolean)
    second: Mapped[bool] = mapped_column(Boolean)
    only_for: Mapped[str | None]
    shown_at: Mapped[int | None] = mapped_column(Integer)
    served: Mapped[int | None] = mapped_column(Integer)
    leased_by: Mapped[str | None] = mapped_column(index=True)
    leased_until: Mapped[datetime | None]
    superseded_by: Mapped[str | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class DraftRow(Base):
    """Unfinished work of one labeler on one task."""

    __tablename__ = "label_drafts"

    task_id: Mapped[str] = mapped_column(
        ForeignKey("label_tasks.id", ondelete="CASCADE"), primary_key=True
    )
    by: Mapped[str] = mapped_column(primary_key=True, index=True)
    edits: Mapped[Json]
    updated_at: Mapped[datetime] = mapped_column(default=now)


class ReviewRow(Base):
    """An answer. `seen` is the revision whose boxes were looked at, `revision` what it made.

    `verdict` is what became of the object in question (labels/verdict.py).
    """

    __tablename__ = "label_reviews"
    __table_args__ = (Index("ix_label_reviews_by", "by", "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    task_id: Mapped[str] = mapped_column(
        ForeignKey("label_tasks.id", ondelete="CASCADE"), index=True
    )
    by: Mapped[str]
    outcome: Mapped[str] = mapped_column(String(10))
    edits: Mapped[Json]
    verdict: Mapped[Json]
    seconds: Mapped[float]
    seen: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int | None] = mapped_column(Integer)
    undone_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class LabelerRow(Base):
    """Somebody who reviews: locked while tasks are given to them or taken from them.

    `dealt` counts the tasks given of each set, which decides where a hidden check comes.
    """

    __tablename__ = "label_labelers"

    by: Mapped[str] = mapped_column(primary_key=True)
    dealt: Mapped[Json]
    created_at: Mapped[datetime] = mapped_column(default=now)
