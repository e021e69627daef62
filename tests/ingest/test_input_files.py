"""Inputs are found everywhere, recognised by content, and refused by name when hostile."""

import zipfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from ingest import files
from ingest.files import Found, Kind, find, recognise
from ingest.problem import Problem, Rejected
from ingest.reading import rows_of, text_of, xml_of
from tests.ingest import documents

BOMB = b"""<!DOCTYPE TDSReport [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<TDSReport><Test name="&b;"/></TDSReport>"""
EXTERNAL = b"""<?xml version="1.0"?><!-- - --><!DOCTYPE TDSReport [<!ENTITY e SYSTEM "file:///etc/passwd">]>
<TDSReport>&e;</TDSReport>"""


def found(*paths: Path) -> Found:
    with ExitStack() as opened:
        return find(paths, opened)


def reasons(found: Found) -> dict[str, str]:
    return {name.rpartition("/")[2]: refusal.problems[0].error for name, refusal in found.refused}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (documents.organizations(), Kind.ORGANIZATIONS),
        (b"County-District Code^School Code^Auth CDS Code\n", Kind.ORGANIZATIONS),
        (documents.subject(), Kind.SUBJECTS),
        (b"\xef\xbb\xbf" + documents.packages(), Kind.PACKAGES),
        (b"<?xml version='1.0'?>\n<!-- <Subject/> -->\n" + documents.trt(), Kind.RESULTS),
        (documents.groups(), Kind.GROUPS),
    ],
)
def test_each_format_is_recognised_by_its_content(content: bytes, kind: Kind) -> None:
    assert recognise("any.name", content) == kind


@pytest.mark.parametrize("content", [b"", b"hello", b"<html><TDSReport/></html>", b"{}", b"\x89PNG\r\n", b"<" * 60_000])
def test_anything_else_is_not_recognised(content: bytes) -> None:
    with pytest.raises(Rejected, match="not recognised"):
        recognise("thing", content)


def test_folders_are_walked_and_inputs_come_in_loading_order(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a").write_bytes(documents.groups())
    (tmp_path / "b").write_bytes(documents.trt())
    (tmp_path / "z").write_bytes(documents.organizations())
    (tmp_path / ".hidden").write_bytes(b"nothing")
    assert [kind for kind, _ in found(tmp_path).sources] == [Kind.ORGANIZATIONS, Kind.RESULTS, Kind.GROUPS]


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    assert reasons(found(tmp_path / "nowhere")) == {"nowhere": "no such file or folder"}


def test_entries_of_a_zip_archive_are_read_in_place(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x/1.xml", documents.trt())
    with ExitStack() as opened:
        [(kind, source)] = find([tmp_path], opened).sources
        assert (kind, source.read()) == (Kind.RESULTS, documents.trt())


@pytest.mark.parametrize("name", ["../up.xml", "/etc/cron.d/x.xml", "a/../../b.xml", "..\\up.xml", "C:\\x.xml"])
def test_path_tricks_in_an_archive_are_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, documents.trt())
    outcome = found(tmp_path)
    assert (list(outcome.sources), list(reasons(outcome).values())) == ([], ["unsafe path in the archive"])


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big.xml", documents.trt() + b" " * 20_000_000)
    assert reasons(found(tmp_path)) == {"a.zip": "unpacks to more than 200 times its size"}


def test_one_swollen_entry_is_refused_and_the_others_stay(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("big.xml", documents.trt() + b" " * 20_000_000, zipfile.ZIP_DEFLATED)
        archive.writestr("ballast", bytes(range(256)) * 1000)
        archive.writestr("good.xml", documents.trt())
    outcome = found(tmp_path)
    assert [source.name.rpartition("!")[2] for _, source in outcome.sources] == ["good.xml"]
    assert reasons(outcome)["a.zip!big.xml"] == "too large in the archive"


def test_an_entry_that_lies_about_its_size_is_still_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.xml", documents.trt())
    with ExitStack() as opened:
        [(_, source)] = find([tmp_path], opened).sources
        monkeypatch.setattr(files, "MAX_BYTES", 100)
        with pytest.raises(Rejected, match="larger than 100 bytes"):
            source.read()


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.xml", documents.trt())
    content = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "a.zip").write_bytes(content.replace(b"<TDSReport>", b"<TDSREPORT>"))
    assert reasons(found(tmp_path)) == {"a.zip!a.xml": "cannot be read"}


@pytest.mark.parametrize("content", [BOMB, EXTERNAL])
def test_entities_and_document_types_are_refused(content: bytes) -> None:
    with pytest.raises(Rejected, match="document type declarations are refused"):
        xml_of(content, "bad.xml")


def test_an_undeclared_entity_is_malformed() -> None:
    with pytest.raises(Rejected, match="not well-formed XML"):
        xml_of(b"<TDSReport>&e;</TDSReport>", "bad.xml")


def test_truncated_xml_is_malformed() -> None:
    with pytest.raises(Rejected, match="not well-formed XML"):
        xml_of(documents.trt()[:-30], "cut.xml")


def test_xml_nested_without_end_is_malformed() -> None:
    with pytest.raises(Rejected, match="not well-formed XML"):
        xml_of(b"<a>" * 5000 + b"</a>" * 5000, "deep.xml")


@pytest.mark.parametrize("content", ["Ñandú".encode("latin-1"), "<a/>".encode("utf-16"), b"a\0b"])
def test_any_encoding_but_utf8_is_refused(content: bytes) -> None:
    with pytest.raises(Rejected, match="wrong encoding"):
        text_of(content, "latin.csv")


def test_a_declared_encoding_does_not_change_what_bytes_mean() -> None:
    root = xml_of("<?xml version='1.0' encoding='ISO-8859-1'?><a n='é'/>".encode(), "a.xml")
    assert root.get("n") == "é"


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_rows_may_end_in_cr_lf_or_both_and_fields_are_trimmed(end: str) -> None:
    assert rows_of(f"\ufeffa, b {end}{end}c,d{end}".encode(), "x.csv") == [["a", "b"], ["c", "d"]]


def test_a_problem_never_keeps_a_students_value() -> None:
    problem = Problem("a.xml", "Birthdate", "2008-12-10", "not a valid value")
    assert "2008" not in f"{problem!r} {problem}"
