"""The operators of one's own change what they say, and a mutant is noticed or not without a change on disk."""

from pathlib import Path

import pytest
from cosmic_ray.mutating import mutate_code

from tests.mutation import __main__ as mutate
from tests.mutation.mutants import Mutant, mutants, operator, source

EXAMPLES = {
    "rule/SwapConnective": ("x = both(a, b)\n", ["x = either(a, b)\n"]),
    "rule/DropCondition": ("x = either(a, b)\n", ["x = either( b)\n", "x = either(a,)\n"]),
    "rule/DropKeyword": ("x = f(a, b=1, c=2)\n", ["x = f(a, c=2)\n", "x = f(a, b=1,)\n"]),
    "rule/DropElement": ("x = {a: 1, b: 2}\n", ["x = { b: 2}\n", "x = {a: 1,}\n"]),
    "rule/DropStatement": ("if a:\n    raise b\n", ["if a:\n    pass\n"]),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_operator_makes_every_change_of_its_kind(name: str) -> None:
    code, changed = EXAMPLES[name]
    found = [mutate_code(code, operator(name), place) for place in range(len(changed) + 1)]
    assert found == [*changed, None]


@pytest.mark.parametrize("module", mutate.CONFIGURATION["modules"])
def test_every_module_has_mutants_that_are_still_python(module: str) -> None:
    found = list(mutants(module, ["rule/DropKeyword", "core/AddNot"]))
    assert len(found) > 10
    compile(found[0].source, module, "exec")


@pytest.mark.prove
def test_a_mutant_is_noticed_and_the_module_as_it_is_is_not(tmp_path: Path) -> None:
    """The first condition of visible(R) left out: results that are not available."""
    court, module = mutate.convene(tmp_path), "policies.rows"
    before = source(module)
    dropped = [m for m in mutants(module, ["rule/DropCondition"]) if "available" in m.line]
    assert court.verdict(module, dropped[1].source) == "noticed by the battery"
    assert court.verdict(module, before) == "survived"
    assert (
        Mutant(module, "core/AddNot", 0).source
        != before
        == (mutate.ROOT / "policies" / "rows.py").read_text(encoding="utf-8")
    )
