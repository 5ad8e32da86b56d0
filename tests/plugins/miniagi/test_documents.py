"""What text comes out of documents and pages."""

import io
import zipfile

import pytest

from orchestra_plugins.miniagi.worker import documents
from orchestra_plugins.miniagi.worker.documents import NotReadableError, text_of
from orchestra_plugins.miniagi.worker.pages import Hit, hits_of, page_text

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
OPEN = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def packed(**parts: str) -> bytes:
    """A ZIP file of these parts; `__` stands for a slash, `_DOT_` for a dot."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), text)
    return memory.getvalue()


def test_word():
    body = (
        "<w:p><w:r><w:t>Dear </w:t></w:r><w:r><w:t>Ada,</w:t></w:r></w:p><w:p><w:r><w:t>one</w:t><w:tab/>"
        "<w:t>two</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r>"
        "<w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )
    data = packed(word__document_DOT_xml=f"<w:document {WORD}><w:body>{body}</w:body></w:document>")
    assert text_of(data, "letter.docx") == "Dear Ada,\none\ttwo\na\tb"


def test_open_document():
    body = "<text:h>Title</text:h><text:p>Some <text:span>bold</text:span> words</text:p>"
    data = packed(
        content_DOT_xml=f"<office:document-content {OPEN}><office:body>{body}</office:body></office:document-content>"
    )
    assert text_of(data, "letter.odt") == "Title\nSome bold words"


def test_slides_come_in_their_order():
    slide = '<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:sld>'
    data = packed(ppt__slides__slide10_DOT_xml=slide.format("ten"), ppt__slides__slide2_DOT_xml=slide.format("two"))
    assert text_of(data, "talk.pptx") == "two\nten"


def test_sheets():
    data = packed(
        xl__workbook_DOT_xml="<workbook/>",
        xl__sharedStrings_DOT_xml="<sst><si><t>city</t></si><si><r><t>Par</t></r><r><t>is</t></r></si></sst>",
        xl__worksheets__sheet1_DOT_xml=(
            '<worksheet><sheetData><row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>size</t></is></c></row>'
            '<row><c t="s"><v>1</v></c><c><v>2.1</v></c><c t="s"><v>99</v></c></row></sheetData></worksheet>'
        ),
    )
    assert text_of(data, "cities.xlsx") == "city\tsize\nParis\t2.1\t99"


def test_books():
    data = packed(OEBPS__ch2_DOT_xhtml="<html><p>Second</p></html>", OEBPS__ch1_DOT_xhtml="<html><p>First</p></html>")
    assert text_of(data, "book.epub") == "First\nSecond"


def test_entities_are_not_expanded():
    data = packed(content_DOT_xml='<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')
    with pytest.raises(NotReadableError, match="declares entities"):
        text_of(data, "bomb.odt")


def test_what_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(documents, "MAX_PART_BYTES", 1000)
    with pytest.raises(NotReadableError, match="too large"):
        text_of(packed(content_DOT_xml="x" * 2000), "bomb.odt")


def test_text_that_only_mentions_html_stays_as_it_is():
    assert text_of(b"A page begins with <html>.\n  Yes.", "notes.txt") == "A page begins with <html>.\n  Yes."


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<html><head><title>T</title><style>p{}</style></head><body>a<p>b</body>", "T\na\nb"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a\tb\nc"),
        ("<p>1 &lt; 2 &amp; so\n  on</p>", "1 < 2 & so on"),
        ("<script>if (a</script>x<noscript>n</noscript>", "x"),
        ("<p>never <b>closed", "never closed"),
    ],
)
def test_pages(html: str, text: str):
    assert page_text(html) == text


def test_results_without_an_address_are_left_out():
    assert hits_of('<a class="result__a" href="javascript:x">Bad</a><a class="result__a" href="http://[">Bad</a>') == []
    assert hits_of('<a class="result__a" href="https://a.org/?x=1">Good\n one') == [
        Hit("Good one", "https://a.org/?x=1", "")
    ]
