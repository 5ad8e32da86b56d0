"""Parts of pages that keep promises of their own."""

import re
from pathlib import Path

import pytest

import orchestra_ui
from orchestra.domain.agents import AgentStatus
from orchestra.domain.executions import ExecutionStatus
from orchestra_ui.pages.agent import curl
from orchestra_ui.parts.elements import Link
from orchestra_ui.parts.status import LOOKS
from orchestra_ui.parts.table import address, page_number
from orchestra_ui.theme import COLOURS

_SOURCES = [
    path for path in Path(orchestra_ui.__path__[0]).rglob("*") if path.suffix in {".py", ".js"} and path.is_file()
]


@pytest.mark.parametrize("way", ["ui.html", "ui.markdown", "innerHTML", "v-html", ".props(f", "aggrid", "echart"])
def test_no_way_to_render_markup_is_used(way: str) -> None:
    assert [path.name for path in _SOURCES if way in path.read_text()] == []


@pytest.mark.parametrize("path", ["https://evil.example", "//evil.example", "javascript:alert(1)", ""])
def test_a_link_leads_nowhere_else(path: str) -> None:
    with pytest.raises(ValueError, match="A link leads to a path of ours"):
        Link("text", path)


def test_every_status_has_a_look() -> None:
    assert {*ExecutionStatus, *AgentStatus} <= set(LOOKS)


@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("name", ["text", "soft", "accent", "grey", "slate", "good", "bad", "warn"])
def test_text_can_be_read_on_its_ground(name: str, mode: int) -> None:
    for ground in ("ground", "panel", "tint", "raised"):
        if (name, ground) not in {("grey", "tint"), ("warn", "tint"), ("bad", "tint"), ("good", "tint")}:
            assert _contrast(COLOURS[name][mode], COLOURS[ground][mode]) >= 4.5, ground


def test_an_address_says_only_what_differs() -> None:
    assert address("/agents", {"status": "IDLE", "framework": None, "page": 1}) == "/agents?status=IDLE"
    assert address("/agents", {"page": 3}) == "/agents?page=3"


@pytest.mark.parametrize(("given", "page"), [("3", 3), ("0", 1), ("-1", 1), ("x", 1), ("9" * 30, 1), ("³", 1)])
def test_a_page_number_is_read_with_suspicion(given: str, page: int) -> None:
    assert page_number({"page": given}) == page


def test_the_command_to_call_an_agent_is_safe_to_paste() -> None:
    command = curl("http://127.0.0.1:3000", "a'; rm -rf ~ #")
    assert "'\"'\"'" in command
    assert re.search(r"^curl -X POST http://127.0.0.1:3000/api/executions", command)


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
