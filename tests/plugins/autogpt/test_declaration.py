"""What the server learns of AutoGPT."""

from typing import Any

import pytest

from orchestra.domain.frameworks import Framework
from orchestra.errors import Invalid
from orchestra.services.configuration import check, with_defaults
from orchestra_plugins.autogpt import orchestra_frameworks

NEEDED = {"ai_name": "A", "ai_role": "an AI", "ai_goals": ["Go"], "fast_llm_model": "m"}


@pytest.fixture
def framework() -> Framework:
    return next(iter(orchestra_frameworks()))


def test_programs_are_run_only_by_who_chooses_that(framework: Framework) -> None:
    filled = with_defaults(framework, NEEDED)
    assert not {"execute_shell", "execute_python_file"} & set(filled["commands"])
    assert not filled["continuous_mode"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"ai_goals": []},
        {"ai_goals": ["a"] * 6},
        {"ai_goals": [" "]},
        {"ai_name": " "},
        {"continuous_limit": 0},
        {"fast_token_limit": 100},
        {"memory_backend": "redis"},
        {"commands": ["google"]},
        {"commands": ["read_file", "read_file"]},
        {"temperature": 3},
    ],
)
def test_nonsense_is_refused(framework: Framework, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check(framework, {**NEEDED, **wrong})
