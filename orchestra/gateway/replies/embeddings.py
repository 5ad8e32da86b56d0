"""Makes embeddings without a model, always the same for a text: texts that share words lie near each other."""

import base64
import hashlib
import math
import re
import struct
from collections.abc import Mapping, Sequence
from typing import Any, cast

from orchestra.gateway.errors import bad_request
from orchestra.gateway.wire.reading import estimated_tokens

DIMENSIONS = 1536
_MOST_DIMENSIONS = 4096
_MOST_INPUTS = 2048
_PLACES = 8
"""Each word has weight in so many dimensions."""
_WORDS = re.compile(r"\w+")


def embeddings_of(fields: Mapping[str, Any], model: str) -> Mapping[str, Any]:
    """The answer to a request for embeddings, in OpenAI's shape; a CallError that names what is wrong with it."""
    inputs = _inputs(fields.get("input"))
    dimensions = fields.get("dimensions") or DIMENSIONS
    if not isinstance(dimensions, int) or isinstance(dimensions, bool) or not 0 < dimensions <= _MOST_DIMENSIONS:
        raise bad_request(f"'dimensions' must be a whole number from 1 to {_MOST_DIMENSIONS}.", "dimensions")
    format = fields.get("encoding_format") or "float"
    if format not in {"float", "base64"}:
        raise bad_request("'encoding_format' must be float or base64.", "encoding_format")
    data = [
        {"object": "embedding", "index": index, "embedding": _encoded(_vector(words, dimensions), format)}
        for index, (words, _) in enumerate(inputs)
    ]
    tokens = sum(count for _, count in inputs)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": model, "usage": usage}


def _inputs(given: object) -> list[tuple[list[str], int]]:
    """The words and the tokens of each input: a text, a list of tokens, or a list of either."""
    items = [given] if isinstance(given, str) or _is_tokens(given) else given
    if not isinstance(items, list) or not 0 < len(cast(list[object], items)) <= _MOST_INPUTS:
        raise bad_request(f"'input' must be a text, tokens, or a list of up to {_MOST_INPUTS} of them.", "input")
    return [_input(item, f"input[{index}]") for index, item in enumerate(cast(list[object], items))]


def _input(item: object, place: str) -> tuple[list[str], int]:
    if isinstance(item, str):
        return _WORDS.findall(item.lower()), estimated_tokens(len(item))
    if _is_tokens(item):
        tokens = cast(list[int], item)
        return [str(token) for token in tokens], len(tokens)
    raise bad_request(f"'{place}' must be a text or a list of tokens.", place)


def _is_tokens(item: object) -> bool:
    return isinstance(item, list) and bool(item) and all(type(one) is int for one in cast(list[object], item))


def _vector(words: Sequence[str], dimensions: int) -> list[float]:
    """Of length 1; without any word, of the word that no text has."""
    vector = [0.0] * dimensions
    for word in words or [""]:
        digest = hashlib.shake_256(word.encode("utf-8", "surrogatepass")).digest(4 * _PLACES)
        for (place,) in struct.iter_unpack("<I", digest):
            vector[(place >> 1) % dimensions] += 1.0 if place & 1 else -1.0
    length = math.sqrt(sum(value * value for value in vector))
    if length == 0:  # what the words say cancels out
        vector[0] = length = 1.0
    return [value / length for value in vector]


def _encoded(vector: list[float], format: str) -> list[float] | str:
    if format == "float":
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")
