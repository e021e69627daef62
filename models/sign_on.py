"""Who is signed in with a browser. A session is found by the hash of its secret, which only the browser knows."""

from datetime import datetime

from sqlalchemy import JSON, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant, Text


class SignOnSession(Base):
    """One browser's session, from sign-in to sign-out or expiry."""

    __tablename__ = "sign_on_session"
    secret_hash: Mapped[str] = mapped_column(Text(64), primary_key=True)
    """SHA-256 of the secret, in hexadecimal."""
    login: Mapped[str] = mapped_column(Text(255))
    display_name: Mapped[str | None] = mapped_column(Text(255))
    grants: Mapped[list[list[str]] | None] = mapped_column(JSON(none_as_null=True))
    """Grants of the claim at sign-in as (role, level, organization); null = the tenant's grant table has them."""
    school_year: Mapped[int] = mapped_column(SmallInteger)
    """The tenant's at sign-in: of another year, a session has ended."""
    id_token: Mapped[str] = mapped_column(Text())
    """What the provider wants to see again at sign-out."""
    seen_at: Mapped[datetime] = mapped_column(Instant)
    """The last use, at most a minute late."""
    ends_at: Mapped[datetime] = mapped_column(Instant)
    """However much it is used."""
    __table_args__ = (Index("ix_sign_on_session_ends_at", "ends_at"), {"sqlite_with_rowid": False})
