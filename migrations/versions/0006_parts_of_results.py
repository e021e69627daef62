"""Writing traits, targets and rubrics."""

import sqlalchemy as sa
from alembic import op

from models import wall

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def text(length: int | None = None) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    reference()
    parts_of_results()
    wall.build(op.get_bind())


def reference() -> None:
    op.add_column("item", sa.Column("writing_purpose", text(16)))
    op.create_table(
        "rubric_point",
        sa.Column("item_id", ID, sa.ForeignKey("item.id"), primary_key=True),
        sa.Column("points", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("text", text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "target",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("program_id", ID, sa.ForeignKey("program.id"), nullable=False),
        sa.Column("claim", text(40), nullable=False),
        sa.Column("code", text(60), nullable=False),
        sa.Column("name", text(100), nullable=False),
        sa.Column("description", text(1000)),
        sa.Column("reported", sa.Boolean, nullable=False),
        sa.UniqueConstraint("program_id", "claim", "code"),
    )


def parts_of_results() -> None:
    op.create_table(
        "trait_score",
        sa.Column("district_id", ID, primary_key=True),
        sa.Column("result_id", ID, primary_key=True),
        sa.Column("category", text(12), primary_key=True),
        sa.Column("purpose", text(16)),
        sa.Column("points", sa.SmallInteger),
        sa.Column("max_points", sa.SmallInteger, nullable=False),
        sa.Column("condition_code", text(20)),
        sa.ForeignKeyConstraint(["district_id", "result_id"], ["result.district_id", "result.id"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "target_score",
        sa.Column("district_id", ID, primary_key=True),
        sa.Column("result_id", ID, primary_key=True),
        sa.Column("target_id", ID, sa.ForeignKey("target.id"), primary_key=True),
        sa.Column("student_relative", sa.Double),
        sa.Column("standard_met_relative", sa.Double),
        sa.ForeignKeyConstraint(["district_id", "result_id"], ["result.district_id", "result.id"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead.")
