"""Status as colour, icon and word, the same everywhere."""

from nicegui import ui

from orchestra_ui.parts.elements import Text

# status: (word, icon, colour class)
LOOKS = {
    "PENDING": ("Pending", "schedule", "grey"),
    "RUNNING": ("Running", "circle", "accent"),
    "COMPLETED": ("Completed", "check_circle", "good"),
    "FAILED": ("Failed", "cancel", "bad"),
    "CANCELLED": ("Cancelled", "stop_circle", "slate"),
    "TIMEOUT": ("Timed out", "hourglass_bottom", "warn"),
    "IDLE": ("Idle", "radio_button_unchecked", "grey"),
    "PAUSED": ("Paused", "pause_circle", "slate"),
    "ERROR": ("Error", "error", "bad"),
    "DEPLOYING": ("Deploying", "schedule", "accent"),
    "STOPPED": ("Stopped", "stop_circle", "slate"),
    "ready": ("Ready", "check_circle", "good"),
    "not_installed": ("Not installed", "radio_button_unchecked", "grey"),
    "building": ("Installing", "schedule", "accent"),
    "failed": ("Failed", "cancel", "bad"),
    "outdated": ("Older version", "update", "warn"),
    "broken": ("Broken", "error", "bad"),
    "loaded": ("Loaded", "check_circle", "good"),
    "incompatible": ("Does not fit", "error", "warn"),
    "refused": ("Not asked from here", "block", "warn"),
    "in_budget": ("Within it", "check_circle", "good"),
    "nearly_used_up": ("Nearly used up", "error", "warn"),
    "used_up": ("Used up", "block", "bad"),
    "ON": ("Switched on", "check_circle", "good"),
    "OFF": ("Switched off", "power_settings_new", "slate"),
}


def word_for(status: str) -> str:
    return LOOKS[status][0]


class Status(ui.element):
    """A status that can change in place."""

    def __init__(self, status: str, *, pill: bool = False) -> None:
        super().__init__("span")
        self._base = "status pill" if pill else "status"
        with self:
            self._icon = ui.icon(LOOKS[status][1])
            self._word = Text()
        self._icon.props["aria-hidden"] = "true"
        self._shown = ""
        self.show(status)

    def show(self, status: str) -> None:
        if status == self._shown:
            return
        self._shown = status
        word, icon, colour = LOOKS[status]
        live = " status-live" if status == "RUNNING" else ""
        self.classes(replace=f"{self._base} status-{colour}{live}")
        self._icon.name = icon
        self._word.show(word)
