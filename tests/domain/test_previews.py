"""What is shown of files whose content is chosen by strangers."""

from hypothesis import given
from hypothesis import strategies as st

from orchestra.domain.artifacts import id_of, parts_of
from orchestra.domain.previews import PreviewKind, media_type_of, preview_of

SAFE = {"image/png", "image/jpeg", "image/gif", "image/webp", "text/plain; charset=utf-8", "application/octet-stream"}


@given(st.binary(max_size=300), st.sampled_from(["x", "x.csv", "x.tsv", "x.html", "x.svg"]))
def test_whatever_is_in_a_file_something_harmless_is_shown(head: bytes, name: str) -> None:
    assert media_type_of(head) in SAFE
    preview = preview_of(name, head, len(head))
    assert preview.kind is not PreviewKind.TABLE or preview.rows


@given(st.lists(st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1), min_size=1, max_size=4))
def test_a_path_is_found_again_by_its_id_unless_it_is_hidden(parts: list[str]) -> None:
    hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
    assert parts_of(id_of(parts)) == (None if hidden else tuple(parts))


@given(st.text(max_size=60))
def test_an_id_that_is_made_up_leads_nowhere_else(made_up: str) -> None:
    parts = parts_of(made_up)
    assert parts is None or not {"", ".", ".."} & set(parts)


def test_a_character_that_was_cut_through_does_not_make_it_no_text() -> None:
    head = "naïve é".encode()[:-1]
    assert preview_of("a", head, 100).text == "naïve "


def test_a_cell_without_end_does_not_hold_up_the_table() -> None:
    assert preview_of("a.csv", b'"' + b"x" * 199_000, 500_000).kind is PreviewKind.TEXT
