"""The data files hold together: every name they use exists, and figures agree with one another."""

import pytest

from models.assessment import ASSESSMENT_KINDS, SUB_SCORE_KINDS
from models.demographics import ETHNICITIES
from seeds.data import read
from seeds.distribution import distribution
from seeds.forms import score_range
from seeds.programs import all_programs, score_ranges
from seeds.scores import errors

FACTS = (
    *("label_sets", "programs", "score_ranges", "statewide_2025", "population", "measurement_error", "interim_forms"),
    *("expected_results", "forms"),
)
CONFIDENCE = {"verified", "verified_unofficial", "derived", "recalled", "invented", "not found"}


def confidences(content: object) -> set[str]:
    """Every `confidence` anywhere in a file."""
    if isinstance(content, list):
        return {found for part in content for found in confidences(part)}
    if not isinstance(content, dict):
        return set()
    own = {content["confidence"]} if isinstance(content.get("confidence"), str) else set()
    return own.union(*(confidences(part) for part in content.values()))


@pytest.mark.parametrize("name", FACTS)
def test_facts_say_how_sure_they_are(name: str) -> None:
    found = confidences(read(name))
    assert found
    assert found <= CONFIDENCE


def test_recalled_and_invented_facts_keep_that_mark_in_the_program() -> None:
    assert {block["confidence"] for block in read("measurement_error")["blocks"]} == {"recalled", "invented"}
    stored = {code: program.confidence for code, program in all_programs().programs.items()}
    assert {code for code, confidence in stored.items() if confidence == "recalled"} == {"CAA_ELA", "CAA_MATH"}
    invented = {"CAA_SCIENCE", "CSA", "CAST_INTERIM", "ELPAC_INTERIM"}
    assert {code for code, confidence in stored.items() if confidence == "invented"} == invented
    for code in invented:
        assert "our own invention" in all_programs().programs[code].source


@pytest.mark.parametrize("program", read("programs")["programs"], ids=lambda program: program["code"])
def test_a_program_has_a_scale_an_error_and_rules_for_every_kind(program: dict) -> None:
    code = program["code"]
    tested = {row["grade"] for row in score_ranges(code)["rows"]}
    assert tested >= set(program["grades"]) - {"09", "10", "HS"} if code.startswith("SB_") else set(program["grades"])
    assert len(score_ranges(code)["rows"][0]["cuts"]) in (2, 3)
    for kind in program["kinds"]:
        low, high = errors(code, kind)["overall"]
        assert 0 < low < high
    rules = read("testing")["summatives"] + read("testing")["interims"]
    assert any(code in (*row.get("programs", ()), row.get("program")) for row in rules)
    for block in program["sub_scores"]:
        if block["last_year"] is None:
            assert any(
                code in row["programs"] and row["kind"] == block["kind"] for row in read("testing")["sub_scores"]
            )


@pytest.mark.parametrize("code", all_programs().programs)
def test_a_distribution_rises_inside_its_scale_and_gives_every_level_its_share(code: str) -> None:
    for grade in all_programs().programs[code].grades:
        scale = score_range(code, grade, 2026)
        spread = distribution(code, grade, 2026)
        scores = [spread.at(rank / 10) for rank in range(1001)]
        assert scores == sorted(scores)
        assert scale["lowest"] <= round(scores[0]) < scale["cuts"][0]
        assert scale["cuts"][-1] < round(scores[-1]) <= scale["highest"]


@pytest.mark.parametrize("program", read("programs")["programs"], ids=lambda program: program["code"])
def test_a_program_uses_known_kinds_and_labels(program: dict) -> None:
    sets = {row["code"] for row in read("label_sets")["label_sets"]}
    assert set(program["kinds"]) <= set(ASSESSMENT_KINDS)
    assert {row["kind"] for row in program["labels"]} == set(program["kinds"])
    assert {row["label_set"] for row in program["labels"] + program["sub_scores"]} <= sets
    assert {row["kind"] for row in program["sub_scores"]} <= set(SUB_SCORE_KINDS)
    assert program["source"]


@pytest.mark.parametrize("block", read("score_ranges")["blocks"], ids=lambda block: block["programs"][0])
def test_cut_scores_rise_inside_their_range(block: dict) -> None:
    for row in block["rows"]:
        edges = [row["lowest"], *row["cuts"], row["highest"]]
        assert edges == sorted(set(edges))


def test_labels_change_with_the_school_year_2026() -> None:
    programs = all_programs()
    summative = programs.programs["SB_SUMMATIVE_ELA"]
    codes = {row.id: row.code for row in programs.label_sets.values()}
    assert codes[programs.label_set_id(summative, "SUMMATIVE", 2025)] == "SB_CAST_TO_2025"
    assert codes[programs.label_set_id(summative, "SUMMATIVE", 2026)] == "SB_CAST_FROM_2026"


def test_summatives_have_claims_until_2023_and_composites_since() -> None:
    programs = all_programs()
    program = programs.programs["SB_SUMMATIVE_MATH"].id
    kinds = [{row.kind for row in programs.sub_scores_of(program, "SUMMATIVE", year, "05")} for year in (2023, 2024)]
    assert kinds == [{"CLAIM"}, {"COMPOSITE"}]


def test_spanish_is_spoken_and_has_composites_in_high_school_only() -> None:
    programs = all_programs()
    program = programs.programs["CSA"].id
    codes = {
        grade: [row.code for row in programs.sub_scores_of(program, "SUMMATIVE", 2026, grade)] for grade in ("08", "HS")
    }
    assert codes["08"] == ["READING", "WRITING", "LISTENING"]
    assert codes["HS"] == ["READING", "WRITING", "LISTENING", "SPEAKING", "ORAL", "WRITTEN"]


@pytest.mark.parametrize(
    "row", read("statewide_2025")["distributions"], ids=lambda row: f"{row['subject']}-{row['grade']}"
)
def test_statewide_percentiles_rise_and_level_shares_add_up(row: dict) -> None:
    assert row["percentiles"] == sorted(row["percentiles"])
    assert len(row["percentiles"]) == len(read("statewide_2025")["percentile_ranks"])
    assert set(ETHNICITIES) <= set(row["groups"])
    for _, _, shares in row["groups"].values():
        assert sum(shares) == pytest.approx(100, abs=0.07)


def test_a_form_has_as_many_items_as_its_types_add_up_to() -> None:
    for form in read("interim_forms")["ica"] + read("interim_forms")["blocks"]:
        if form["items"] is not None:
            assert sum(form["item_types"].values()) == form["items"] <= form["points"]


def test_names_are_not_repeated() -> None:
    names = read("names")
    for kind in ("female", "male", "any", "family"):
        assert len(names[kind]) == len(set(names[kind]))
