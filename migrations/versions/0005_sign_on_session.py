"""Sessions of browsers, and when the tenant came to its school year."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(20), "sqlite")


def text(length: int | None = None) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("tenant", sa.Column("school_year_since", INSTANT))
    op.create_table(
        "sign_on_session",
        sa.Column("secret_hash", text(64), primary_key=True),
        sa.Column("login", text(255), nullable=False),
        sa.Column("display_name", text(255)),
        sa.Column("grants", sa.JSON),
        sa.Column("school_year", sa.SmallInteger, nullable=False),
        sa.Column("id_token", text(), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Index("ix_sign_on_session_ends_at", "ends_at"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead.")
