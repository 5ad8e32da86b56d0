"""What a person can do with saved configurations and templates."""

import dataclasses
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orchestra.domain.configurations import (
    Configuration,
    ConfigurationChanges,
    configuration_of_sample,
    matches,
)
from orchestra.domain.identity import Permission, Principal
from orchestra.domain.pages import Page
from orchestra.errors import Conflict, Fault, Invalid, NotFound
from orchestra.services.agent_fields import faults_of_fields
from orchestra.services.configuration import faults_of
from orchestra.services.frameworks import FrameworkService
from orchestra_storage.unit import Storage, Unit


@dataclass(frozen=True, slots=True)
class ConfigurationDraft:
    """A configuration as somebody wants to save it."""

    name: str
    framework: str
    configuration: Mapping[str, Any]
    description: str | None = None
    is_template: bool = False
    is_public: bool = False


class ConfigurationService:
    def __init__(self, storage: Storage, frameworks: FrameworkService) -> None:
        self._storage = storage
        self._frameworks = frameworks

    def list(
        self,
        principal: Principal,
        *,
        framework: str | None = None,
        template: bool | None = None,
        public: bool = False,
        search: str | None = None,
        page: int = 1,
        limit: int = 100,
    ) -> Page[Configuration]:
        """The person's own, the newest first; with `public`, also those that others share, and plugins' samples."""
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            found = list(unit.configurations.list(principal.visible_owner, public=public, framework=framework))
            if public:
                found += self._samples(unit, framework)
        wanted = [
            one
            for one in found
            if (template is None or one.is_template is template) and (not search or matches(one, search))
        ]
        return Page(wanted[(page - 1) * limit : page * limit], page, limit, len(wanted))

    def get(self, principal: Principal, configuration_id: str) -> Configuration:
        """One of the person's own, a public one, or a plugin's sample."""
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            return self.find(unit, principal, configuration_id)

    def find(self, unit: Unit, principal: Principal, configuration_id: str) -> Configuration:
        """As `get`, within a transaction."""
        found = unit.configurations.get_visible(principal.visible_owner, configuration_id)
        samples = (one for one in self._samples(unit) if one.id == configuration_id)
        if (found := found or next(samples, None)) is None:
            raise NotFound("configuration", configuration_id)
        return found

    def save(self, principal: Principal, draft: ConfigurationDraft) -> Configuration:
        """Save a configuration; Invalid with a pointer for each fault."""
        principal.require(Permission.WRITE)
        framework = self._frameworks.get(draft.framework)
        _refuse(_faults_of(draft.name, draft.description) + faults_of(framework, draft.configuration))
        now = datetime.now(UTC)
        saved = Configuration(
            id=uuid.uuid4().hex,
            owner_id=principal.user_id,
            owner_name=principal.name,
            name=draft.name,
            framework=framework.id,
            configuration=dict(draft.configuration),
            created_at=now,
            updated_at=now,
            description=draft.description,
            is_template=draft.is_template,
            is_public=draft.is_public,
        )
        with self._storage.write() as unit:
            unit.configurations.add(saved)
        return saved

    def update(self, principal: Principal, configuration_id: str, changes: ConfigurationChanges) -> Configuration:
        """Change the fields that are named."""
        principal.require(Permission.WRITE)
        current = self._own(principal, configuration_id)
        changed = dataclasses.replace(current, **changes)
        faults = _faults_of(changed.name, changed.description)
        if "configuration" in changes:
            faults += faults_of(self._frameworks.get(current.framework), changes["configuration"])
        _refuse(faults)
        with self._storage.write() as unit:
            unit.configurations.update(configuration_id, updated_at=datetime.now(UTC), **changes)
        return self.get(principal, configuration_id)

    def delete(self, principal: Principal, configuration_id: str) -> None:
        """Agents that were made of it stay as they are."""
        principal.require(Permission.WRITE)
        self._own(principal, configuration_id)
        with self._storage.write() as unit:
            unit.configurations.remove(configuration_id)

    def _own(self, principal: Principal, configuration_id: str) -> Configuration:
        """A configuration that the person may change; Conflict for a sample, NotFound for somebody else's."""
        found = self.get(principal, configuration_id)
        if found.owner_id is None:
            raise Conflict(f"'{found.name}' comes with a plugin and cannot be changed. Save a copy of it.")
        if principal.visible_owner not in {None, found.owner_id}:
            raise NotFound("configuration", configuration_id)
        return found

    def _samples(self, unit: Unit, framework: str | None = None) -> Iterator[Configuration]:
        uses = unit.configurations.uses()
        for one in self._frameworks.list():
            if framework in {None, one.id}:
                for sample in one.samples:
                    shown = configuration_of_sample(one, sample, 0)
                    yield dataclasses.replace(shown, usage_count=uses.get(shown.id, 0))


def _faults_of(name: str, description: str | None) -> list[Fault]:
    return faults_of_fields({"name": name, "description": description})


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise Invalid(f"The configuration cannot be kept like this: {faults[0].pointer}: {faults[0].message}", faults)
