"""Tickets: of a worker that comes late and a server that starts the same attempt again, only one gets to begin."""

import secrets
from pathlib import Path

from orchestra.domain.executions import ProcessIdentity
from orchestra.engine.journal import open_guest_file
from orchestra.worker import protocol


def issue(journal: Path) -> str:
    """Lay down a ticket for one worker, which takes it by renaming the file; the ticket's name."""
    ticket = secrets.token_hex(8)
    (journal / protocol.ticket_name(ticket)).touch(0o600)
    return ticket


def take_back(journal: Path) -> bool:
    """Whether a ticket lay there that nobody had taken; from now on nobody can."""
    taken_back = False
    for path in journal.glob(protocol.ticket_name("*")):
        try:
            path.unlink()
            taken_back = True
        except FileNotFoundError:
            pass  # its worker was faster
    return taken_back


def holder(journal: Path) -> ProcessIdentity | None:
    """The worker that took its ticket, by its own word."""
    try:
        with open_guest_file(journal / protocol.WORKER) as file:
            pid, ticks = file.read(100).split()
        return ProcessIdentity(int(pid), float(ticks))
    except (OSError, ValueError):
        return None


def exit_code_in(journal: Path) -> int | None:
    """The exit code that a zygote noted of a worker that did not end well; None if there is no note."""
    try:
        with open_guest_file(journal / protocol.EXIT) as file:
            return int(file.read(20))
    except (OSError, ValueError):
        return None
