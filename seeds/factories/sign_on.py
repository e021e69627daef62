"""Factory of sessions."""

from datetime import timedelta

from factory import Sequence

import models
from seeds.factories.row import MOMENT, SCHOOL_YEAR, RowFactory


class SignOnSessionFactory(RowFactory[models.SignOnSession]):
    class Meta:
        model = models.SignOnSession

    secret_hash = Sequence(lambda n: f"{n:064x}")
    login = "teacher@example.org"
    display_name = None
    grants = None
    school_year = SCHOOL_YEAR
    id_token = ""
    seen_at = MOMENT
    ends_at = MOMENT + timedelta(hours=12)
