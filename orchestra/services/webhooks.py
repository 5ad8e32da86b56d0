"""What a person can do with webhooks."""

import dataclasses
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict

from orchestra.bus import CHANGES, Bus
from orchestra.domain.addresses import Network, faults_of_url
from orchestra.domain.events import WebhookChanged
from orchestra.domain.identity import Permission, Principal
from orchestra.domain.pages import Page
from orchestra.domain.signing import is_signing_secret, new_signing_secret
from orchestra.domain.webhooks import EVENTS, WANTED, Delivery, DeliveryStatus, Webhook
from orchestra.errors import Conflict, Fault, Invalid, NotFound
from orchestra.vault import Vault
from orchestra_storage.unit import Storage, Unit


@dataclass(frozen=True, slots=True)
class WebhookDraft:
    """A webhook as somebody wants it; a secret is made if none is given."""

    url: str
    events: Sequence[str]
    secret: str | None = None
    is_active: bool = True


class WebhookChanges(TypedDict, total=False):
    """The fields of a webhook to be changed."""

    url: str
    events: Sequence[str]
    secret: str
    is_active: bool


class WebhookService:
    def __init__(self, storage: Storage, bus: Bus, vault: Vault, allowed: Sequence[Network]) -> None:
        self._storage = storage
        self._bus = bus
        self._vault = vault
        self._allowed = allowed

    def list(self, principal: Principal, *, page: int = 1, limit: int = 100) -> Page[Webhook]:
        """A page of the webhooks that the person sees, the newest first."""
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            return unit.webhooks.page(principal.visible_owner, page=page, limit=limit)

    def get(self, principal: Principal, webhook_id: str) -> Webhook:
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            return _find(unit, principal, webhook_id)

    def create(self, principal: Principal, draft: WebhookDraft) -> tuple[Webhook, str]:
        """Register an endpoint; the webhook, and its secret, which is not shown again."""
        principal.require(Permission.WRITE)
        secret = new_signing_secret() if draft.secret is None else draft.secret
        _refuse([*faults_of_url(draft.url, self._allowed), *_faults_of(draft.events, secret)])
        now = datetime.now(UTC)
        webhook = Webhook(
            id=uuid.uuid4().hex,
            owner_id=principal.user_id,
            url=draft.url,
            events=tuple(dict.fromkeys(draft.events)),
            sealed_secret=self._vault.seal(secret),
            created_at=now,
            updated_at=now,
            is_active=draft.is_active,
        )
        with self._storage.write() as unit:
            unit.webhooks.add(webhook)
        return webhook, secret

    def update(self, principal: Principal, webhook_id: str, changes: WebhookChanges) -> Webhook:
        """Change the fields that are named; one that is switched on again starts without a record of failures."""
        principal.require(Permission.WRITE)
        values = dict(changes)
        secret = changes.get("secret")
        if secret is not None:
            values["sealed_secret"] = self._vault.seal(str(values.pop("secret")))
        if changes.get("is_active"):
            values |= {"disabled_reason": None, "failing_since": None}
        now = datetime.now(UTC)
        with self._storage.write() as unit:
            webhook = _find(unit, principal, webhook_id)
            changed = dataclasses.replace(webhook, **values, updated_at=now)
            url_faults = faults_of_url(changed.url, self._allowed) if "url" in changes else ()
            _refuse([*url_faults, *_faults_of(changed.events, secret)])
            unit.webhooks.update(changed)
        self._tell(changed)
        return changed

    def delete(self, principal: Principal, webhook_id: str) -> None:
        """Nothing more is sent to it; its log of deliveries goes with it."""
        principal.require(Permission.WRITE)
        with self._storage.write() as unit:
            _find(unit, principal, webhook_id)
            unit.webhooks.remove(webhook_id)

    def deliveries(
        self,
        principal: Principal,
        webhook_id: str,
        *,
        status: DeliveryStatus | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Delivery]:
        """What was sent to it, each with its attempts, the newest first."""
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            _find(unit, principal, webhook_id)
            return unit.deliveries.page(webhook_id, status=status, page=page, limit=limit)

    def test(self, principal: Principal, webhook_id: str) -> str:
        """Send `system.test` to it, whatever it wants to be told of; the delivery's id."""
        principal.require(Permission.WRITE)
        now = datetime.now(UTC)
        with self._storage.write() as unit:
            webhook = _find(unit, principal, webhook_id)
            _require_active(webhook)
            at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            data = {"webhook": {"id": webhook.id}, "message": "This endpoint is connected to AgentOrchestra."}
            payload = json.dumps({"type": "system.test", "timestamp": at, "data": data}, separators=(",", ":"))
            made = unit.deliveries.add(webhook.id, f"msg_{uuid.uuid4().hex}", "system.test", payload, now)
        self._tell(webhook)
        return made

    def redeliver(
        self, principal: Principal, webhook_id: str, delivery_id: str | None, since: datetime | None = None
    ) -> Sequence[str]:
        """Send one delivery once more, or all that failed for good since a moment; the ids of the new deliveries.

        A message keeps its `webhook-id`, so that a receiver which got it after all can tell.
        """
        principal.require(Permission.WRITE)
        now = datetime.now(UTC)
        with self._storage.write() as unit:
            webhook = _find(unit, principal, webhook_id)
            _require_active(webhook)
            if delivery_id is not None:
                found = unit.deliveries.get(webhook_id, delivery_id)
                if found is None:
                    raise NotFound("delivery", delivery_id)
                wanted: Sequence[Delivery] = [found]
            elif since is not None:
                wanted = unit.deliveries.failed_since(webhook_id, since)
            else:
                raise Invalid("Say what to send once more.", [Fault("", "Give deliveryId or since.")])
            made = [unit.deliveries.add(webhook_id, one.message_id, one.event, one.payload, now) for one in wanted]
        self._tell(webhook)
        return made

    def _tell(self, webhook: Webhook) -> None:
        self._bus.publish(CHANGES, WebhookChanged(webhook.id, webhook.owner_id))


def _find(unit: Unit, principal: Principal, webhook_id: str) -> Webhook:
    webhook = unit.webhooks.get_visible(principal.visible_owner, webhook_id)
    if webhook is None:
        raise NotFound("webhook", webhook_id)
    return webhook


def _require_active(webhook: Webhook) -> None:
    if not webhook.is_active:
        raise Conflict("The webhook is switched off. Switch it on first: PUT isActive true.")


def _faults_of(events: Sequence[str], secret: str | None) -> list[Fault]:
    faults = [] if events else [Fault("/events", "Name at least one event, or * for all.")]
    for index, event in enumerate(events):
        if event not in WANTED:
            known = ", ".join(EVENTS)
            faults.append(Fault(f"/events/{index}", f"There is no such event. There are: *, {known}."))
    if secret is not None and not is_signing_secret(secret):
        faults.append(Fault("/secret", "A secret is whsec_ and the Base64 of 24 to 64 bytes. Leave it out to get one."))
    return faults


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise Invalid(f"The webhook cannot be kept like this: {faults[0].pointer}: {faults[0].message}", faults)
