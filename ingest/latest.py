"""Keeps `Result.latest`: of a student's scored results of an assessment the last completed (tie: lowest id)."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from models import Result


def keep_latest(session: Session, pairs: Collection[tuple[int, int]]) -> None:
    """Set `latest` right for the (student, assessment) pairs, whichever districts their results are in."""
    scored = and_(Result.scale_score.is_not(None), Result.level.is_not(None))
    place = func.row_number().over(
        partition_by=(Result.student_id, Result.assessment_id),
        order_by=(scored.desc(), Result.completed_at.desc(), Result.id),
    )
    ranked = (
        select(Result.district_id, Result.id, Result.latest, and_(place == 1, scored).label("is_latest"))
        .where(
            Result.student_id.in_({student for student, _ in pairs}),
            Result.assessment_id.in_({assessment for _, assessment in pairs}),
        )
        .subquery()
    )
    wrong = select(ranked.c.district_id, ranked.c.id, ranked.c.is_latest).where(ranked.c.latest != ranked.c.is_latest)
    changes: dict[tuple[int, bool], list[int]] = defaultdict(list)
    for district_id, result_id, is_latest in session.execute(wrong):
        changes[district_id, is_latest].append(result_id)
    for (district_id, is_latest), ids in changes.items():
        session.execute(
            update(Result)
            .where(Result.district_id == district_id, Result.id.in_(ids))
            .values(latest=is_latest)
            .execution_options(synchronize_session=False)
        )
