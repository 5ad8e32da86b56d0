"""Signs messages and checks signatures as Standard Webhooks 1.0 asks (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping

from orchestra.errors import Unauthenticated

PREFIX = "whsec_"
TOLERANCE_SECONDS = 300
_NEW_BYTES, _LEAST_BYTES, _MOST_BYTES = 32, 24, 64


def new_signing_secret() -> str:
    """`whsec_` and the Base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_NEW_BYTES)).decode()


def is_signing_secret(secret: str) -> bool:
    """Whether it is `whsec_` and the Base64 of 24 to 64 bytes."""
    try:
        return secret.startswith(PREFIX) and _LEAST_BYTES <= len(_key_of(secret)) <= _MOST_BYTES
    except (binascii.Error, ValueError):
        return False


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: `v1,` and the Base64 of an HMAC-SHA256 over id, epoch seconds and body."""
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    return "v1," + base64.b64encode(hmac.digest(_key_of(secret), signed, hashlib.sha256)).decode()


def headers_for(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers that tell which message this is, when it was sent and that it is ours."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, message_id, timestamp, body),
    }


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> None:
    """Unauthenticated, with a sentence, unless the message was signed with the secret within the last five minutes."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "")
    if not (message_id and timestamp and given):
        raise Unauthenticated("This hook takes signed messages only: webhook-id, webhook-timestamp, webhook-signature.")
    if not (timestamp.isascii() and timestamp.isdigit() and abs(now - int(timestamp[:15])) <= TOLERANCE_SECONDS):
        raise Unauthenticated("The message's timestamp is not within five minutes of this server's clock.")
    expected = sign(secret, message_id, int(timestamp[:15]), body).encode()
    # Several signatures may be given, for secrets that are just being changed.
    if not any(hmac.compare_digest(expected, one.encode("utf-8", "replace")) for one in given.split()[:20]):
        raise Unauthenticated("The message's signature does not fit this hook's secret.")


def _key_of(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
