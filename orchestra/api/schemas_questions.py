"""The shapes of questions to people and of their answers."""

from typing import Annotated, Any

from pydantic import Field

from orchestra.api.schemas import Shape


class AnswerIn(Shape):
    question_id: Annotated[str, Field(min_length=1, max_length=64)]
    answer: Annotated[Any, Field(description="One of the choices, what fits the schema, or a text.")]
