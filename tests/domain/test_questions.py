"""Questions as workers write them: read without trust, kept as JSON."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra.domain.questions import Question, facts_of, question_from, question_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


def test_a_question_is_read_with_its_choices_and_times() -> None:
    question = question_of({"id": "q1", "choices": ["a", "b"], "expiresAt": 60.0}, "Go on?", 0.0)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert question == Question("q1", "Go on?", epoch, ("a", "b"), None, epoch.replace(minute=1))


@pytest.mark.parametrize("bad", ["", "../x", "a/b", "a b", "x" * 65, "q1\n", None, 7])
def test_an_id_that_could_be_another_file_is_no_id(bad: object) -> None:
    assert question_of({"id": bad}, "Go on?", 0.0) is None


def test_a_schema_without_end_is_none() -> None:
    question = question_of({"id": "q1", "schema": {"enum": ["x" * 30_000]}}, "Go on?", 0.0)
    assert question is not None
    assert question.schema is None


NAMES = st.sampled_from(["id", "choices", "schema", "expiresAt", "other"])


@given(st.dictionaries(NAMES, JSON), st.none() | st.text(), st.floats(allow_nan=True, allow_infinity=True))
def test_whatever_a_worker_writes_is_a_question_that_can_be_kept_or_none(
    data: dict[str, object], text: str | None, at: float
) -> None:
    question = question_of({"id": "q1", **data}, text, at)
    if question is not None:
        assert question_from(facts_of(question)) == question
