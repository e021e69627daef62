"""Every table of the first version."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001_foundation"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(20), "sqlite")


def text(length: int | None = None) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    organizations()
    programs()
    assessments()
    students()
    results()
    groups()
    access()


def downgrade() -> None:
    raise NotImplementedError("There is nothing before the first version: drop the database instead.")


def organizations() -> None:
    op.create_table(
        "district_group",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("natural_id", text(40), nullable=False, unique=True),
        sa.Column("name", text(100), nullable=False),
    )
    op.create_table(
        "district",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("natural_id", text(40), nullable=False, unique=True),
        sa.Column("name", text(100), nullable=False),
        sa.Column("sort_key", text(200), nullable=False, index=True),
        sa.Column("external_id", text(40)),
        sa.Column("district_group_id", ID, sa.ForeignKey("district_group.id")),
    )
    op.create_table(
        "school_group",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("natural_id", text(40), nullable=False, unique=True),
        sa.Column("name", text(100), nullable=False),
    )
    op.create_table(
        "school",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("natural_id", text(40), nullable=False, unique=True),
        sa.Column("name", text(100), nullable=False),
        sa.Column("sort_key", text(200), nullable=False, index=True),
        sa.Column("external_id", text(40)),
        sa.Column("district_id", ID, sa.ForeignKey("district.id"), nullable=False, index=True),
        sa.Column("school_group_id", ID, sa.ForeignKey("school_group.id")),
    )


def programs() -> None:
    op.create_table(
        "subject",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("code", text(20), nullable=False, unique=True),
        sa.Column("name", text(100), nullable=False),
    )
    op.create_table(
        "label_set",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("code", text(60), nullable=False, unique=True),
        sa.Column("proficient_from", sa.SmallInteger),
        sa.Column("source", text(500), nullable=False),
        sa.Column("confidence", text(30), nullable=False),
    )
    op.create_table(
        "level",
        sa.Column("label_set_id", ID, sa.ForeignKey("label_set.id"), primary_key=True),
        sa.Column("number", sa.SmallInteger, primary_key=True),
        sa.Column("label", text(100), nullable=False),
    )
    op.create_table(
        "program",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("code", text(40), nullable=False, unique=True),
        sa.Column("name", text(100), nullable=False),
        sa.Column("subject_id", ID, sa.ForeignKey("subject.id"), nullable=False),
        sa.Column("kinds", sa.JSON, nullable=False),
        sa.Column("grades", sa.JSON, nullable=False),
        sa.Column("source", text(500), nullable=False),
        sa.Column("confidence", text(30), nullable=False),
    )
    op.create_table(
        "program_labels",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("program_id", ID, sa.ForeignKey("program.id"), nullable=False),
        sa.Column("kind", text(12), nullable=False),
        sa.Column("first_year", sa.SmallInteger, nullable=False),
        sa.Column("last_year", sa.SmallInteger),
        sa.Column("label_set_id", ID, sa.ForeignKey("label_set.id"), nullable=False),
        sa.UniqueConstraint("program_id", "kind", "first_year"),
    )
    op.create_table(
        "sub_score_definition",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("program_id", ID, sa.ForeignKey("program.id"), nullable=False),
        sa.Column("assessment_kind", text(12), nullable=False),
        sa.Column("kind", text(12), nullable=False),
        sa.Column("code", text(20), nullable=False),
        sa.Column("name", text(100), nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False),
        sa.Column("first_year", sa.SmallInteger, nullable=False),
        sa.Column("last_year", sa.SmallInteger),
        sa.Column("label_set_id", ID, sa.ForeignKey("label_set.id"), nullable=False),
        sa.UniqueConstraint("program_id", "assessment_kind", "kind", "code", "first_year"),
    )


def assessments() -> None:
    op.create_table(
        "assessment",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("natural_id", text(250), nullable=False, unique=True),
        sa.Column("name", text(250), nullable=False),
        sa.Column("label", text(255), nullable=False),
        sa.Column("sort_key", text(600), nullable=False, index=True),
        sa.Column("program_id", ID, sa.ForeignKey("program.id"), nullable=False),
        sa.Column("subject_id", ID, sa.ForeignKey("subject.id"), nullable=False),
        sa.Column("kind", text(12), nullable=False),
        sa.Column("grade", text(2), nullable=False),
        sa.Column("school_year", sa.SmallInteger, nullable=False, index=True),
        sa.Column("version", text(30)),
        sa.Column("min_score", sa.Integer, nullable=False),
        sa.Column("max_score", sa.Integer, nullable=False),
        sa.Column("cut_scores", sa.JSON, nullable=False),
        sa.Column("sub_score_ranges", sa.JSON, nullable=False),
        sa.Column("label_set_id", ID, sa.ForeignKey("label_set.id"), nullable=False),
    )
    op.create_table(
        "item",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("assessment_id", ID, sa.ForeignKey("assessment.id"), nullable=False),
        sa.Column("natural_id", text(40), nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False),
        sa.Column("type", text(20), nullable=False),
        sa.Column("claim", text(40)),
        sa.Column("target", text(60)),
        sa.Column("standards", sa.JSON, nullable=False),
        sa.Column("depth_of_knowledge", sa.SmallInteger),
        sa.Column("difficulty", text(10)),
        sa.Column("max_points", sa.SmallInteger, nullable=False),
        sa.Column("answer_key", text(255)),
        sa.Column("options_count", sa.SmallInteger),
        sa.UniqueConstraint("assessment_id", "natural_id"),
    )


def demographics() -> list[sa.Column[Any]]:
    return [
        sa.Column("gender", text(16)),
        sa.Column("ethnicities", sa.SmallInteger, nullable=False),
        sa.Column("english_learner", sa.Boolean),
        sa.Column("elas", text(4)),
        sa.Column("primary_language", text(3)),
        sa.Column("iep", sa.Boolean),
        sa.Column("section504", sa.Boolean),
        sa.Column("economic_disadvantage", sa.Boolean),
        sa.Column("migrant", sa.Boolean),
        sa.Column("military_connected", text(32)),
        sa.Column("enrolled_grade", text(2)),
    ]


def students() -> None:
    op.create_table(
        "student",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("ssid", text(65), nullable=False, unique=True),
        sa.Column("first_name", text(60)),
        sa.Column("middle_name", text(60)),
        sa.Column("last_name", text(60)),
        sa.Column("sort_key", text(600), nullable=False, index=True),
        sa.Column("birthday", sa.Date),
        sa.Column("current_district_id", ID, sa.ForeignKey("district.id")),
        sa.Column("current_school_id", ID, sa.ForeignKey("school.id"), index=True),
        sa.Column("known_at", INSTANT),
        *demographics(),
    )


def results() -> None:
    op.create_table(
        "result",
        sa.Column("district_id", ID, sa.ForeignKey("district.id"), primary_key=True),
        sa.Column("id", ID, primary_key=True),
        sa.Column("student_id", ID, sa.ForeignKey("student.id"), nullable=False),
        sa.Column("assessment_id", ID, sa.ForeignKey("assessment.id"), nullable=False),
        sa.Column("program_id", ID, sa.ForeignKey("program.id"), nullable=False),
        sa.Column("subject_id", ID, sa.ForeignKey("subject.id"), nullable=False),
        sa.Column("interim", sa.Boolean, nullable=False),
        sa.Column("school_id", ID, sa.ForeignKey("school.id"), nullable=False),
        sa.Column("school_year", sa.SmallInteger, nullable=False),
        sa.Column("current_district_id", ID, sa.ForeignKey("district.id")),
        sa.Column("current_school_id", ID, sa.ForeignKey("school.id")),
        sa.Column("opportunity_id", text(60), nullable=False),
        sa.Column("session", text(128)),
        sa.Column("completed_at", INSTANT, nullable=False),
        sa.Column("status_at", INSTANT, nullable=False),
        sa.Column("manner", text(16)),
        sa.Column("validity", text(8)),
        sa.Column("completeness", text(8), nullable=False),
        sa.Column("scale_score", sa.Integer),
        sa.Column("standard_error", sa.Double),
        sa.Column("level", sa.SmallInteger),
        sa.Column("unscored_reason", text(40)),
        sa.Column("latest", sa.Boolean, nullable=False),
        *demographics(),
        sa.UniqueConstraint("district_id", "opportunity_id", "assessment_id"),
        sa.Index("ix_result_opportunity", "opportunity_id"),
        sa.Index("ix_result_assessment", "assessment_id", "district_id", "school_id"),
        sa.Index("ix_result_school", "school_id", "school_year", "assessment_id"),
        sa.Index("ix_result_student", "student_id", "school_year"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sub_score",
        sa.Column("district_id", ID, primary_key=True),
        sa.Column("result_id", ID, primary_key=True),
        sa.Column("definition_id", ID, sa.ForeignKey("sub_score_definition.id"), primary_key=True),
        sa.Column("scale_score", sa.Integer),
        sa.Column("standard_error", sa.Double),
        sa.Column("level", sa.SmallInteger),
        sa.ForeignKeyConstraint(["district_id", "result_id"], ["result.district_id", "result.id"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "item_response",
        sa.Column("district_id", ID, primary_key=True),
        sa.Column("result_id", ID, primary_key=True),
        sa.Column("item_id", ID, sa.ForeignKey("item.id"), primary_key=True),
        sa.Column("position", sa.SmallInteger, nullable=False),
        sa.Column("response", text()),
        sa.Column("points", sa.Double),
        sa.Column("max_points", sa.SmallInteger, nullable=False),
        sa.ForeignKeyConstraint(["district_id", "result_id"], ["result.district_id", "result.id"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )


def groups() -> None:
    op.create_table(
        "student_group",
        sa.Column("district_id", ID, sa.ForeignKey("district.id"), primary_key=True),
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", text(8), nullable=False),
        sa.Column("name", text(255), nullable=False),
        sa.Column("sort_key", text(600), nullable=False),
        sa.Column("school_id", ID, sa.ForeignKey("school.id")),
        sa.Column("school_year", sa.SmallInteger, nullable=False),
        sa.Column("subject_id", ID, sa.ForeignKey("subject.id")),
        sa.Column("owner_login", text(255)),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("deleted_at", INSTANT),
        sa.UniqueConstraint("district_id", "school_id", "school_year", "name"),
        sa.Index("ix_student_group_owner", "owner_login"),
        sa.Index("ix_student_group_school", "school_id", "school_year"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "group_member",
        sa.Column("district_id", ID, primary_key=True),
        sa.Column("group_id", ID, primary_key=True),
        sa.Column("student_id", ID, sa.ForeignKey("student.id"), primary_key=True),
        sa.ForeignKeyConstraint(
            ["district_id", "group_id"], ["student_group.district_id", "student_group.id"], ondelete="CASCADE"
        ),
        sa.Index("ix_group_member_student", "student_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pending_member",
        sa.Column("district_id", ID, primary_key=True),
        sa.Column("group_id", ID, primary_key=True),
        sa.Column("ssid", text(65), primary_key=True),
        sa.ForeignKeyConstraint(
            ["district_id", "group_id"], ["student_group.district_id", "student_group.id"], ondelete="CASCADE"
        ),
        sa.Index("ix_pending_member_ssid", "ssid"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "group_educator",
        sa.Column("district_id", ID, primary_key=True),
        sa.Column("group_id", ID, primary_key=True),
        sa.Column("login", text(255), primary_key=True),
        sa.ForeignKeyConstraint(
            ["district_id", "group_id"], ["student_group.district_id", "student_group.id"], ondelete="CASCADE"
        ),
        sa.Index("ix_group_educator_login", "login"),
        sqlite_with_rowid=False,
    )


def access() -> None:
    op.create_table(
        "tenant",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("name", text(100), nullable=False),
        sa.Column("sandbox", sa.Boolean, nullable=False),
        sa.Column("state_code", text(2), nullable=False),
        sa.Column("state_name", text(60), nullable=False),
        sa.Column("school_year", sa.SmallInteger, nullable=False),
        sa.Column("tested_elsewhere", sa.Boolean, nullable=False),
        sa.Column("group_years", text(8), nullable=False),
        sa.Column("field_policy", sa.JSON),
        sa.Column("ssid_pattern", text(100), nullable=False),
        sa.Column("reference_version", sa.Integer, nullable=False),
    )
    op.create_table(
        "access_grant",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("login", text(255), nullable=False),
        sa.Column("role", text(40), nullable=False),
        sa.Column("level", text(16), nullable=False),
        sa.Column("organization", text(40), nullable=False),
        sa.Column("school_year", sa.SmallInteger, nullable=False),
        sa.UniqueConstraint("login", "role", "level", "organization", "school_year"),
        sa.Index("ix_access_grant_login", "login", "school_year"),
    )
    op.create_table(
        "availability",
        sa.Column("school_year", sa.SmallInteger, primary_key=True),
        sa.Column("district_id", ID, sa.ForeignKey("district.id"), primary_key=True),
        sa.Column("program_id", ID, sa.ForeignKey("program.id"), primary_key=True),
        sa.Column("individual", text(10), nullable=False),
        sa.Column("aggregate", text(10), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("changed_by", text(255), nullable=False),
        sqlite_with_rowid=False,
    )
