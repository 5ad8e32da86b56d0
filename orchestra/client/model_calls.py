"""What is kept of one call of a model."""

from typing import Literal, NotRequired, TypedDict

WireFormat = Literal["chat", "completions", "responses", "embeddings", "messages"]
CallStatus = Literal["completed", "cut", "failed", "refused"]


class ModelCall(TypedDict):
    """`cost` is in US dollars, and absent if it is not known; latencies are in milliseconds."""

    id: str
    attempt: int
    format: WireFormat
    askedModel: str
    model: NotRequired[str]
    provider: NotRequired[str]
    isScripted: bool
    status: CallStatus
    httpStatus: int
    error: NotRequired[str]
    inputTokens: NotRequired[int]
    outputTokens: NotRequired[int]
    cachedTokens: NotRequired[int]
    cacheWrittenTokens: NotRequired[int]
    reasoningTokens: NotRequired[int]
    isEstimated: bool
    cost: NotRequired[float]
    priceSource: NotRequired[str]
    priceDate: NotRequired[str]
    startedAt: str
    latencyMs: float
    firstTokenMs: NotRequired[float]
    streamed: bool
    finishReason: NotRequired[str]
    toolCalls: list[str]
    truncatedPrompt: bool
    hasBodies: bool


class ModelCallDetailed(ModelCall):
    """With the bodies as text, if they are kept; the reply of a stream holds all its events."""

    request: NotRequired[str]
    reply: NotRequired[str]


class Script(TypedDict):
    """YAML, for the scripted model."""

    script: str
