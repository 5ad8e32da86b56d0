"""Puts values into words and makes foreign text harmless to look at; pure."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from orchestra.domain.prices import Rate

_ESCAPE_SEQUENCES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # operating system commands: titles, links
    r"|[\x1b\x9b]\[?[0-?]*[ -/]*[@-~]"  # colours, cursor movements
)
_OVERWRITTEN = re.compile(r"[^\n]*\r(?!\n|$)", re.MULTILINE)
# Direction marks and invisible characters can make a text read as something that it is not.
_DECEIVING = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_CONTROLS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"} | {0x7F: 0x2421}
_SHOWN_CHARACTERS = 20_000
DASH = "—"


def clean(text: str, limit: int = _SHOWN_CHARACTERS) -> str:
    """The text without terminal sequences, deceiving characters made visible, and cut with a note if it is long."""
    rest = len(text) - limit
    text = text[:limit]
    if not text.isprintable():
        text = _ESCAPE_SEQUENCES.sub("", text)
        text = _OVERWRITTEN.sub("", text).replace("\r", "")
        text = _DECEIVING.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text).translate(_CONTROLS)
    return f"{text} … ({rest:,} more characters)" if rest > 0 else text


def one_line(text: str, limit: int = 200) -> str:
    """The text on one line, for tables and headings."""
    line = " ".join(clean(text, limit * 4).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def duration(milliseconds: float | None) -> str:
    """As '40 ms', '1.2 s', '12 s', '2 min 05 s' or '1 h 02 min'; a dash for what is not known."""
    if milliseconds is None:
        return DASH
    if milliseconds < 999.5:
        return "<1 ms" if 0 < milliseconds < 0.5 else f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1000
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """As '1 execution' or '1,204 executions'."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def share(part: int, whole: int) -> str:
    """As '92 %'; a dash of nothing."""
    return f"{part / whole:.0%}".replace("%", " %") if whole else DASH


def moment(at: datetime | None) -> str:
    """The exact time in UTC, for where no browser shows it in its own zone."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at else DASH


def as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def answer_of(output: Mapping[str, Any] | None) -> str | None:
    """The text that answers, where an output has one."""
    for name in ("answer", "result", "text", "content", "output"):
        value = (output or {}).get(name)
        if isinstance(value, str) and value.strip():
            return value
    return None


def money(dollars: float | None) -> str:
    """As '$0.0012' or '$1,204.50'; 'cost unknown' where the price is."""
    if dollars is None:
        return "cost unknown"
    if dollars == 0:
        return "$0"
    return f"${dollars:,.2f}" if dollars >= 1 else f"${dollars:.4g}"


def rate(price: Rate) -> str:
    """Dollars per million tokens, as '$0.15' or '$1.25, $2.50 above 200,000 tokens'."""
    tiers = [f"{dollars(above)} above {start:,} tokens" for start, above in price.tiers]
    return ", ".join([dollars(price.base), *tiers])


def dollars(amount: Decimal) -> str:
    """As '$0.15', '$1.50' or '$0.0375', with all its digits."""
    return f"${amount:,.2f}" if amount == round(amount, 2) else f"${amount.normalize():,f}"


def uses_script(configuration: Any) -> bool:
    """Whether a configuration names the scripted model anywhere, so that no real model answers."""
    if isinstance(configuration, str):
        return configuration == "scripted" or configuration.startswith("scripted-")
    if isinstance(configuration, Mapping):
        return any(map(uses_script, cast(Mapping[str, Any], configuration).values()))
    return isinstance(configuration, list) and any(map(uses_script, cast(list[Any], configuration)))
