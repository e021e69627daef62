"""The disclosure log: who was shown whose results."""

from datetime import datetime

import strawberry

from resolvers import disclosures, organizations
from resolvers.engine.answers import Column, Computed, Count, Lookup, Page
from schema.connection import Connection
from schema.fields import After, First, answered, field
from schema.node import Node
from schema.organization import District
from schema.scalars import SSID, SchoolYear


@strawberry.type(description="A student whose results were served, as the log knows them: no more than who it is.")
class DisclosedStudent:
    student_id: strawberry.ID = field(
        "Global id of the student; `node` answers where the viewer sees them.",
        Computed(("id",), disclosures.student_id),
    )
    ssid: SSID = field("Statewide Student Identifier.")


@strawberry.type(
    description="One answer that held results of students, as far as they were taken in one district, or entries of "
    "this log. Needs AUDIT_READ over the district."
)
class Disclosure(Node):
    served_at: datetime = field("When it was served, UTC.")
    school_year: SchoolYear = field("The tenant's school year at that moment.")
    login: str = field("Login of who was served.")
    operation: str | None = field("Name of the operation, as its client wrote it.")
    document_hash: str = field("SHA-256 of the operation's document, in hexadecimal.", Column("document"))
    district: District = field(
        "The district where the results were taken.",
        Lookup(("district_id",), organizations.district_of_row, {"id": "district_id"}),
    )
    of_log: bool = field("Whether it held entries of this log.")
    student_count: int = field(
        "Students whose results were served.", Count(disclosures.students_listed, by=disclosures.LIST)
    )

    @answered(Page(disclosures.students_of_disclosure, disclosures.STUDENT_ORDERS, "SSID", by=disclosures.LIST))
    def students(self, first: First = 50, after: After = None) -> Connection[DisclosedStudent]:
        """Students whose results were served, by SSID."""
