"""/webhooks"""

from datetime import UTC
from typing import Annotated, cast

from fastapi import Query

from orchestra.api.deps import PrincipalDep, ServicesDep
from orchestra.api.refusals import CONFLICT, INVALID, UNKNOWN
from orchestra.api.routing import router_for
from orchestra.api.schemas import MessageOut, PaginationOut
from orchestra.api.schemas_webhooks import (
    CreatedWebhookOut,
    CreateWebhookIn,
    DeliveriesOut,
    DeliveryOut,
    PostedOut,
    RedeliverIn,
    UpdateWebhookIn,
    WebhookOut,
    WebhooksOut,
)
from orchestra.domain.webhooks import DeliveryStatus
from orchestra.services.webhooks import WebhookChanges, WebhookDraft

PageNumber = Annotated[int, Query(ge=1, le=1_000_000_000)]
Limit = Annotated[int, Query(ge=1, le=100)]

router = router_for("Webhooks", "/webhooks")


@router.get("", responses=INVALID, summary="List webhooks")
def list_webhooks(
    services: ServicesDep, principal: PrincipalDep, page: PageNumber = 1, limit: Limit = 100
) -> WebhooksOut:
    found = services.webhooks.list(principal, page=page, limit=limit)
    webhooks = [WebhookOut.of_webhook(one) for one in found.items]
    return WebhooksOut(webhooks=webhooks, pagination=PaginationOut.of_page(found))


@router.post("", status_code=201, responses=INVALID, summary="Create webhook")
def create_webhook(services: ServicesDep, principal: PrincipalDep, body: CreateWebhookIn) -> CreatedWebhookOut:
    draft = WebhookDraft(url=body.url, events=body.events, secret=body.secret, is_active=body.is_active)
    webhook, secret = services.webhooks.create(principal, draft)
    message = "The webhook was registered. Keep its secret now: it is not shown again."
    return CreatedWebhookOut(id=webhook.id, message=message, secret=secret, webhook=WebhookOut.of_webhook(webhook))


@router.get("/{webhook_id}", responses=UNKNOWN, summary="Get a webhook")
def get_webhook(services: ServicesDep, principal: PrincipalDep, webhook_id: str) -> WebhookOut:
    return WebhookOut.of_webhook(services.webhooks.get(principal, webhook_id))


@router.put("/{webhook_id}", responses=INVALID | UNKNOWN, summary="Change a webhook")
def update_webhook(
    services: ServicesDep, principal: PrincipalDep, webhook_id: str, body: UpdateWebhookIn
) -> WebhookOut:
    changes = cast(WebhookChanges, {name: getattr(body, name) for name in body.model_fields_set})
    return WebhookOut.of_webhook(services.webhooks.update(principal, webhook_id, changes))


@router.delete("/{webhook_id}", responses=UNKNOWN, summary="Delete a webhook")
def delete_webhook(services: ServicesDep, principal: PrincipalDep, webhook_id: str) -> MessageOut:
    services.webhooks.delete(principal, webhook_id)
    return MessageOut(message="The webhook was deleted, with its log of deliveries.")


@router.get("/{webhook_id}/deliveries", responses=INVALID | UNKNOWN, summary="List what was sent to it")
def list_deliveries(
    services: ServicesDep,
    principal: PrincipalDep,
    webhook_id: str,
    status: DeliveryStatus | None = None,
    page: PageNumber = 1,
    limit: Limit = 20,
) -> DeliveriesOut:
    found = services.webhooks.deliveries(principal, webhook_id, status=status, page=page, limit=limit)
    deliveries = [DeliveryOut.of_delivery(one) for one in found.items]
    return DeliveriesOut(deliveries=deliveries, pagination=PaginationOut.of_page(found))


@router.post("/{webhook_id}/test", status_code=202, responses=UNKNOWN | CONFLICT, summary="Send a test message")
def test_webhook(services: ServicesDep, principal: PrincipalDep, webhook_id: str) -> PostedOut:
    made = services.webhooks.test(principal, webhook_id)
    return PostedOut(message="A test message is on its way; see its deliveries.", delivery_ids=[made])


@router.post(
    "/{webhook_id}/redeliver",
    status_code=202,
    responses=INVALID | UNKNOWN | CONFLICT,
    summary="Send messages once more",
)
def redeliver(services: ServicesDep, principal: PrincipalDep, webhook_id: str, body: RedeliverIn) -> PostedOut:
    since = body.since if body.since is None or body.since.tzinfo else body.since.replace(tzinfo=UTC)
    made = services.webhooks.redeliver(principal, webhook_id, body.delivery_id, since)
    return PostedOut(message=f"{len(made)} messages are on their way.", delivery_ids=list(made))
