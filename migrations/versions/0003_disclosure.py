"""The disclosure log."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(20), "sqlite")


def text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "disclosure",
        sa.Column("district_id", ID, primary_key=True, autoincrement=False),
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("list_id", ID, nullable=False),
        sa.Column("served_at", INSTANT, nullable=False),
        sa.Column("school_year", sa.SmallInteger, nullable=False),
        sa.Column("login", text(255), nullable=False),
        sa.Column("operation", text(255)),
        sa.Column("document", text(64), nullable=False),
        sa.Column("of_log", sa.Boolean, nullable=False),
        sa.Index("ix_disclosure_served_at", "district_id", "served_at"),
        sa.Index("ix_disclosure_login", "login"),
        sa.Index("ix_disclosure_list", "district_id", "list_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "disclosure_student",
        sa.Column("district_id", ID, primary_key=True, autoincrement=False),
        sa.Column("list_id", ID, primary_key=True, autoincrement=False),
        sa.Column("student_id", ID, primary_key=True, autoincrement=False),
        sa.Index("ix_disclosure_student_student", "student_id"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    raise NotImplementedError("The log is not thrown away: restore a backup instead.")
