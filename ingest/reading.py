"""From untrusted bytes to text, rows or an XML tree; whatever is not plainly readable is refused with a reason.

Trap: never parse XML elsewhere; document types, entities and huge nodes are refused here only.
"""

import csv
import io
import re
from typing import Any, cast

from lxml import etree
from sqlalchemy import String
from sqlalchemy.orm import InstrumentedAttribute

from ingest.problem import rejected

MAX_XML_BYTES = 32 * 1024 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ROOT = re.compile(rb"(?:\s|<\?(?>.*?\?>)|<!--(?>.*?-->))*+<(!DOCTYPE|[\w.:-]+)", re.DOTALL)


def text_of(content: bytes, file: str) -> str:
    """The UTF-8 text, without byte order mark. Raises `Rejected` for any other encoding."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise rejected(file, "wrong encoding: not UTF-8", value=f"byte {error.start}") from None
    if "\0" in text:
        raise rejected(file, "wrong encoding: zero bytes in text")
    return text


def rows_of(content: bytes, file: str, delimiter: str = ",") -> list[list[str]]:
    """The rows of delimited text with trimmed fields, line ends CR, LF or CRLF, without empty lines."""
    text = text_of(content, file)
    quoting: Any = csv.QUOTE_MINIMAL if delimiter == "," else csv.QUOTE_NONE
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, strict=True)
    try:
        rows = [[field.strip() for field in row] for row in reader]
    except csv.Error:
        raise rejected(file, "not a valid CSV file", value=f"line {reader.line_num}") from None
    return [row for row in rows if any(row)]


def root_name(content: bytes) -> str | None:
    """The name of the XML root element at the beginning of a file; `!DOCTYPE` if such a declaration precedes it."""
    match = _ROOT.match(content.removeprefix(BYTE_ORDER_MARK))
    return match[1].decode() if match else None


def xml_of(content: bytes, file: str) -> etree._Element:
    """The root element of an XML file in UTF-8. Raises `Rejected` for malformed XML and for document types."""
    if len(content) > MAX_XML_BYTES:
        raise rejected(file, f"larger than {MAX_XML_BYTES} bytes")
    text_of(content, file)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    if root_name(content) == "!DOCTYPE":
        raise rejected(file, "document type declarations are refused")
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise rejected(file, "not well-formed XML", value=f"line {error.lineno}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise rejected(file, "document type declarations are refused")
    return root


def longest(column: InstrumentedAttribute[Any]) -> int:
    """How many characters the column holds."""
    return cast(int, cast(String, column.type).length)
