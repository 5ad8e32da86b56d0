"""What agents can be made of projects on this machine; nothing of them is run."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from orchestra.domain.frameworks import Framework
from orchestra.domain.identity import Permission, Principal
from orchestra.domain.projects import Project
from orchestra.errors import Fault, Invalid

log = logging.getLogger(__name__)

_AT = "/path"


class ProjectService:
    def __init__(self, frameworks: Mapping[str, Framework]) -> None:
        self._frameworks = frameworks

    def read(self, principal: Principal, path: str) -> Sequence[tuple[Framework, Project]]:
        """What each framework finds at an absolute path of this machine; Invalid if none knows what to make of it.

        Who may not make agents may not look either: what is found tells what lies on this machine.
        """
        principal.require(Permission.WRITE)
        place = _place(path)
        problems: list[str] = []
        found = list(self._found(place, problems))
        if not found:
            known = [one.title for one in self._frameworks.values() if one.read_project is not None]
            what = " ".join(problems) or f"This is no project of {' or '.join(known) or 'any framework here'}."
            raise Invalid(what, [Fault(_AT, what)])
        return found

    def _found(self, place: Path, problems: list[str]) -> Iterator[tuple[Framework, Project]]:
        for framework in self._frameworks.values():
            if framework.read_project is None:
                continue
            try:
                project = framework.read_project(place)
            except (ValueError, OSError) as error:
                problems.append(f"{framework.title}: {error}")
            except Exception:  # a plugin's fault must not keep the others from looking
                log.exception("%s could not read a project", framework.title)
                problems.append(f"{framework.title} could not read it; the server's log says why.")
            else:
                if project is not None:
                    yield framework, project


def _place(path: str) -> Path:
    try:
        place = Path(path).expanduser()
        is_there = place.exists()
    except (ValueError, OSError, RuntimeError):
        is_there, place = False, Path()
    if not is_there or not place.is_absolute():
        what = "There is nothing at this path. Give the whole path of a folder or file on the server's machine."
        raise Invalid(what, [Fault(_AT, what)])
    return place
