"""The second wall: the role that reads, its rights and row-level security, on PostgreSQL."""

from alembic import op

from models import wall

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    wall.build(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("The wall stays: what reads would not start without it.")
