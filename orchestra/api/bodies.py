"""Says what is wrong with a body as a whole: how it is packed, what it is sent as, that it is none."""

from starlette.datastructures import Headers

from orchestra.errors import Fault, Invalid

_JSON = "application/json"
_SHOWN_CHARACTERS = 60
_NEEDED = f"Send JSON, with 'Content-Type: {_JSON}'."


def fault_of_body(headers: Headers, *, is_missing: bool = False, is_unreadable: bool = False) -> Fault:
    """The fault in a sentence; the body is `missing`, could not be read as text or JSON, or is no object."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if sentence := _packed(headers):
        return Fault("", sentence)
    if is_missing:
        return Fault("", "A body is needed, and there is none. " + _NEEDED)
    if not kind:
        return Fault("", "The body comes without a Content-Type. " + _NEEDED)
    if kind != _JSON and not (kind.startswith("application/") and kind.endswith("+json")):
        return Fault("", f"The body is sent as '{kind[:_SHOWN_CHARACTERS]}', which cannot be read here. " + _NEEDED)
    if is_unreadable:
        return Fault("", "The body is no JSON that can be read: it is not in UTF-8, or nested too deeply.")
    return Fault("", "The body must be a JSON object, in braces.")


def refuse_packed(headers: Headers) -> None:
    """Invalid if the body is compressed."""
    if sentence := _packed(headers):
        raise Invalid(sentence, [Fault("", sentence)])


def _packed(headers: Headers) -> str | None:
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding in {"", "identity"}:
        return None
    return f"The body is compressed ('{encoding[:_SHOWN_CHARACTERS]}'). Send it as it is, without Content-Encoding."
