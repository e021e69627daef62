"""Reference data in memory, for rules that need organizations and tenant settings but no database."""

from collections.abc import Mapping
from typing import Any

from models.reference import ById, District, Reference, School, TenantFacts

NORTH = District(1, "99900010000000", "North", "COUNTY")
SOUTH = District(2, "99900020000000", "South", "COUNTY")
EAST = District(3, "99900030000000", "East", None)
OAK = School(11, "99900010000011", "Oak", NORTH, "CHARTERS")
ELM = School(12, "99900010000012", "Elm", NORTH, None)
FIR = School(21, "99900020000021", "Fir", SOUTH, "CHARTERS")
YEW = School(31, "99900030000031", "Yew", EAST, None)


def reference(*, school_year: int = 2026, fields: Mapping[str, str] | None = None, **settings: Any) -> Reference:
    """Three districts: North (Oak, Elm), South (Fir) and East (Yew), in California."""
    facts: dict[str, Any] = {"tested_elsewhere": False, "group_years": "CURRENT", **settings}
    tenant = TenantFacts(
        name="Test",
        sandbox=False,
        state_code="CA",
        state_name="California",
        school_year=school_year,
        field_policy=fields,
        ssid_pattern=r"\d{10}",
        **facts,
    )
    none: ById[Any] = ById()
    return Reference(
        version=0,
        tenant=tenant,
        districts=ById({d.id: d for d in (NORTH, SOUTH, EAST)}),
        schools=ById({s.id: s for s in (OAK, ELM, FIR, YEW)}),
        subjects=none,
        programs=none,
        assessments=none,
        sub_scores=none,
        targets=none,
        items=none,
    )
