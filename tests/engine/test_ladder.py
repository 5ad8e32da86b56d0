"""How a person is told what was done to end a worker."""

import pytest

from orchestra.engine.ladder import told

SOFT, TERM, KILL = (
    {"step": "soft_stop", "afterSeconds": 0.0},
    {"step": "terminate", "afterSeconds": 2.0},
    {"step": "kill", "afterSeconds": 5.02, "processes": 3},
)


@pytest.mark.parametrize(
    ("steps", "killed", "left", "words"),
    [
        ([], 0, 0, ""),
        ([SOFT], 0, 0, "It was asked to stop. Nothing of it is left."),
        ([SOFT, TERM], 1, 0, "It was asked to stop, sent SIGTERM after 2.0 s. One process was killed. Nothing"),
        ([SOFT, TERM, KILL], 3, 0, "SIGTERM after 2.0 s, killed after 5.0 s. 3 processes were killed. Nothing of it"),
        ([SOFT, TERM, KILL], 0, 2, "killed after 5.0 s. 2 of its processes could not be ended."),
    ],
)
def test_the_steps_are_told(steps: list[dict[str, object]], killed: int, left: int, words: str) -> None:
    assert words in told(steps, killed, left)
