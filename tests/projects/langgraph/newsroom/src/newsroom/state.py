"""What the newsroom's nodes share."""

import operator
from typing import Annotated, TypedDict


class State(TypedDict, total=False):
    topic: str
    notes: Annotated[list[str], operator.add]
    text: str
