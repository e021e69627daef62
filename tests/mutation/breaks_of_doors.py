"""Breaks of what surrounds the rows: scopes, the gate, field masks."""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Select, Subquery, case
from sqlalchemy.sql.selectable import Alias, Join

from policies import gate, scope
from policies.gate import _Walk
from policies.identity import Grant
from policies.permission import GROUP, INDIVIDUAL
from policies.rows import Rules
from policies.scope import Reach
from resolvers import students
from resolvers.engine.answers import Sort
from resolvers.engine.ask import Ask
from tests.mutation.breaks import Break, Patch


def setting(**always: Any) -> Patch:
    """A setting of the tenant that is never looked at."""
    sound = scope.Shape
    return lambda mp: mp.setattr(scope, "Shape", lambda *given: replace(sound(*given), **always))


def any_year(mp: pytest.MonkeyPatch) -> None:
    sound = scope._reach_of
    mp.setattr(scope, "_reach_of", lambda grant, reference: sound(this_year(grant, reference), reference))


def this_year(grant: Grant, reference: Any) -> Grant:
    return replace(grant, school_year=reference.tenant.school_year)


def organizations(level: str, found: Callable[[Any, Any], Reach]) -> Patch:
    """Grants of one level name other organizations than they say."""
    sound = scope._organizations

    def broken(grant: Grant, reference: Any) -> Reach:
        return found(grant, reference) if grant.level == level else sound(grant, reference)

    return lambda mp: mp.setattr(scope, "_organizations", broken)


def nothing(_grant: Grant, _reference: Any) -> Reach:
    return Reach()


def its_district(grant: Grant, reference: Any) -> Reach:
    school = reference.school_by_code.get(grant.organization)
    return Reach(districts=frozenset({school.district.id})) if school else Reach()


def all_districts(_grant: Grant, reference: Any) -> Reach:
    return Reach(districts=frozenset(reference.districts))


def the_state(_grant: Grant, _reference: Any) -> Reach:
    return Reach(statewide=True)


def pooled(mp: pytest.MonkeyPatch) -> None:
    """Every permission reaches as far as any grant does."""
    sound = scope.decide

    def broken(*given: Any) -> scope.Scope:
        decided = sound(*given)
        everywhere = Reach()
        for reach in decided.reaches.values():
            everywhere = everywhere.union(reach)
        return replace(decided, reaches=dict.fromkeys(decided.reaches, everywhere))

    mp.setattr("tests.mutation.battery.decide", broken)


def the_last_counts(mp: pytest.MonkeyPatch) -> None:
    mp.setattr(Reach, "union", lambda self, other: other)


def permissions_of_anybody(mp: pytest.MonkeyPatch) -> None:
    """A role at a level that is not its own has what it has at its own."""
    sound = scope.permissions_of
    levels = ("STATE", "DISTRICT", "SCHOOL")
    mp.setattr(scope, "permissions_of", lambda role, level: frozenset().union(*(sound(role, one) for one in levels)))


def unruled(kind: type[Any]) -> Patch:
    """The gate takes tables behind a kind of source for no tables."""
    sound = gate._table
    return lambda mp: mp.setattr(gate, "_table", lambda leaf: None if isinstance(leaf, kind) else sound(leaf))


def only_the_left(mp: pytest.MonkeyPatch) -> None:
    def leaves(froms: Iterable[Any]) -> Any:
        for source in froms:
            while isinstance(source, Join):
                source = source.left
            yield source

    mp.setattr(gate, "_leaves", leaves)


def not_below(*kinds: type[Any]) -> Patch:
    """The walk goes past what is below."""
    sound = _Walk.admit

    def admit(self: _Walk, element: Any, enclosing: Any) -> None:
        below = isinstance(element, kinds) and self.walked
        if not below:
            sound(self, element, enclosing)

    return lambda mp: mp.setattr(_Walk, "admit", admit)


def keyed_unruled(mp: pytest.MonkeyPatch) -> None:
    sound = _Walk._rule
    mp.setattr(_Walk, "_rule", lambda self, *given: None if self.rules.keyed else sound(self, *given))


def any_beside_shows(mp: pytest.MonkeyPatch) -> None:
    """A join by anything counts as one by key."""

    def shown(_leaf: Any, table: Any, beside: Any, _conditions: Any) -> bool:
        return table.name == "student" and any(gate._table(other).name == "result" for other in beside)

    mp.setattr(gate, "_shown", shown)


def counted_as_read(mp: pytest.MonkeyPatch) -> None:
    """The aggregate rule is asked of every statement."""
    sound = _Walk._rule
    mp.setattr(_Walk, "_rule", lambda self, *given: sound(replace(self, grain="aggregate"), *given))


def unmasked_in(module: str) -> Patch:
    """One place reads demographics past their mask."""
    sound = Rules.masked

    def masked(self: Rules, field: str, row: Any) -> Any:
        asked_by = sys._getframe(1).f_globals["__name__"]
        return row.c[field] if asked_by == module else sound(self, field, row)

    return lambda mp: mp.setattr(Rules, "masked", masked)


def break_down_by_anything(mp: pytest.MonkeyPatch) -> None:
    unmasked_in("resolvers.aggregates")(mp)
    mp.setattr(Ask, "usable", lambda self, field, name: None)


def masked_by_group(mp: pytest.MonkeyPatch) -> None:
    def masked(self: Rules, field: str, row: Any) -> Any:
        place = ("current_district_id", "current_school_id")
        over = self.within(GROUP, *(row.c[name] for name in place), statewide=True)
        return case((over, row.c[field])) if self.shape.fields[field] == "ADMIN_ONLY" else sound(self, field, row)

    sound = Rules.masked
    mp.setattr(Rules, "masked", masked)


def fields_as(rule: str, taken_as: str) -> Patch:
    sound = scope.field_policy

    def policy(own: Mapping[str, str] | None) -> dict[str, str]:
        return {name: taken_as if held == rule else held for name, held in sound(own).items()}

    return lambda mp: mp.setattr(scope, "field_policy", policy)


def of_no_school(self: Rules, row: Any) -> Any:
    return self.within(INDIVIDUAL, row.c.current_district_id, row.c.current_school_id, statewide=True)


MASK = "the value is NULL on the others in output, filter, sort and summary alike"
EXPANDED = "groups of organizations are expanded to members when the scope is made"

BREAKS = [
    Break("tested elsewhere is always on", "T = the tenant's tested_elsewhere switch", setting(tested_elsewhere=True),
          "results"),
    Break("tested elsewhere is always off", "T = the tenant's tested_elsewhere switch",
          setting(tested_elsewhere=False), "results"),
    Break("groups of all years count", "group_years = CURRENT (default), of the tenant's school year",
          setting(group_years="ALL"), "results"),
    Break("only this year's groups count", "ALL = as RDW", setting(group_years="CURRENT"), "results"),
    Break("last year's grants hold", "a stored grant names its year", any_year, "scope"),
    Break("a district group opens nothing", EXPANDED, organizations("DISTRICT_GROUP", nothing), "scope"),
    Break("a district group opens all districts", EXPANDED, organizations("DISTRICT_GROUP", all_districts), "results"),
    Break("a school group opens nothing", EXPANDED, organizations("SCHOOL_GROUP", nothing), "scope"),
    Break("a grant at a school opens its district", "X lies in the union of V's scopes for permission P",
          organizations("SCHOOL", its_district), "results"),
    Break("an unknown organization is the state", "An unknown role or organization grants nothing",
          organizations("SCHOOL", the_state), "results"),
    Break("another state's grant opens this one", "An unknown role or organization grants nothing",
          organizations("STATE", the_state), "scope"),
    Break("permissions are pooled", "scopes of all grants that carry a permission are unioned per permission",
          pooled, "results"),
    Break("only the last grant counts", "scopes of all grants that carry a permission are unioned per permission",
          the_last_counts, "results"),
    Break("a SIS client asks like anybody", "every other route and field answers FORBIDDEN",
          lambda mp: mp.setattr(scope.Scope, "imports_only", False), "results by their ids"),
    Break("a role counts at any level", "A grant is (role, level, organization, school year)",
          permissions_of_anybody, "scope"),
    Break("the gate skips an alias", "out of scope looks exactly like non-existent", unruled(Alias),
          "an alias of results, joined"),
    Break("the gate skips the right of a join", "out of scope looks exactly like non-existent", only_the_left,
          "an alias of results, joined"),
    Break("the gate skips subqueries of conditions", "out of scope looks exactly like non-existent",
          not_below(Select), "schools where a result is"),
    Break("the gate skips subqueries of sources", "out of scope looks exactly like non-existent",
          not_below(Subquery), "results of a subquery"),
    Break("any result beside shows a student", "Students: visible if a result of theirs is visible",
          any_beside_shows, "students beside others' results"),
    Break("reading is ruled as counting", "in(S, INDIVIDUAL_PII_READ)", counted_as_read, "results"),
    Break("ids are looked up without a rule", "the statement run for a hidden id", keyed_unruled, "results by key"),
    Break("ids are answered without a rule", "Out of scope looks exactly like non-existent",
          keyed_unruled, "results by their ids"),
    Break("answers show fields unmasked", MASK, unmasked_in("resolvers.engine.compile"), "a list with genders"),
    Break("filters match fields unmasked", MASK, unmasked_in("resolvers.filters"), "a list by gender"),
    Break("a list is sorted by a field unmasked", MASK,
          lambda mp: mp.setitem(students.ORDERS, "BIRTHDAY", Sort("gender", nullable=True)), "a list by birthday"),
    Break("reports break down by a withheld field",
          MASK, break_down_by_anything, "a report by a field withheld from all"),
    Break("a break-down of a field held over some rows is forbidden", "held over some rows only, the value is NULL",
          lambda mp: mp.setattr(Rules, "may_use", lambda self, field: self.shape.fields[field] == "ENABLED"),
          "a report by gender"),
    Break("teaching lifts the mask", "ADMIN_ONLY needs INDIVIDUAL_PII_READ over the row",
          masked_by_group, "demographics of students"),
    Break("no current school lies in the state", "for a student H",
          lambda mp: mp.setattr(Rules, "_over_current", of_no_school), "demographics of students"),
    Break("DISABLED is shown", "DISABLED, or ADMIN_ONLY held nowhere: null in output", fields_as("DISABLED", "ENABLED"),
          "demographics of students"),
    Break("ADMIN_ONLY is enabled", "ADMIN_ONLY needs INDIVIDUAL_PII_READ over the row", fields_as("ADMIN_ONLY",
          "ENABLED"),
          "demographics of results"),
    Break("a field held nowhere may be named", "FORBIDDEN by name in filters, sorts, break-downs",
          lambda mp: mp.setattr(Rules, "may_use", lambda self, field: True), "scope"),
]  # fmt: skip
