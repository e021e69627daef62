"""The history of availability."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001_foundation"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(20), "sqlite")


def text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "availability_change",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("school_year", sa.SmallInteger, nullable=False),
        sa.Column("district_id", ID, sa.ForeignKey("district.id"), nullable=False),
        sa.Column("program_id", ID, sa.ForeignKey("program.id"), nullable=False),
        sa.Column("report", text(10), nullable=False),
        sa.Column("before", text(10), nullable=False),
        sa.Column("after", text(10), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("changed_by", text(255), nullable=False),
        sa.Index("ix_availability_change_of", "district_id", "school_year", "program_id"),
    )


def downgrade() -> None:
    raise NotImplementedError("History is not thrown away: restore a backup instead.")
