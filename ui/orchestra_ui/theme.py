"""The colours, sizes and style sheet of all screens: the one place that picks a colour."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

# name: (light, dark). Every text colour has at least 4.5:1 on `ground` and on `panel` of its mode.
COLOURS: Mapping[str, tuple[str, str]] = {
    "ground": ("#ffffff", "#0b1020"),
    "panel": ("#f8fafc", "#111831"),
    "raised": ("#ffffff", "#18213f"),
    "line": ("#e2e8f0", "#273150"),
    "edge": ("#7b8aa0", "#5f6f91"),
    "text": ("#0f172a", "#e2e8f0"),
    "soft": ("#475569", "#a3b0c7"),
    "accent": ("#4f46e5", "#818cf8"),
    "on-accent": ("#ffffff", "#0b1020"),
    "tint": ("#eef2ff", "#1d2550"),
    "grey": ("#5b6779", "#94a3b8"),
    "slate": ("#475569", "#a3b0c7"),
    "good": ("#15803d", "#4ade80"),
    "bad": ("#b91c1c", "#fca5a5"),
    "bad-tint": ("#fef2f2", "#33151f"),
    "warn": ("#a14a07", "#fbbf24"),
    "toast": ("#0f172a", "#273150"),
    "on-toast": ("#ffffff", "#ffffff"),
}

FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#4f46e5"/>'
    '<g fill="none" stroke="#fff" stroke-width="2.5"><circle cx="10" cy="16" r="3"/><circle cx="22" cy="9" r="3"/>'
    '<circle cx="22" cy="23" r="3"/><path d="M12.6 14.5 19.4 10.5M12.6 17.5l6.8 4"/></g></svg>'
)


@cache
def head_html() -> str:
    """The style sheet, and the script that follows the chosen colour scheme; none of it depends on a person."""
    assets = files("orchestra_ui") / "assets"
    style = (assets / "theme.css").read_text(encoding="utf-8")
    script = (assets / "theme.js").read_text(encoding="utf-8")
    return f"<style>{_variables()}{style}</style><script>{script}</script>"


def _variables() -> str:
    light = "".join(f"--{name}:{pair[0]};" for name, pair in COLOURS.items())
    dark = "".join(f"--{name}:{pair[1]};" for name, pair in COLOURS.items())
    return f":root{{{light}color-scheme:light}}html[data-theme=dark]{{{dark}color-scheme:dark}}"
