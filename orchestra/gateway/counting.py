"""Has the tokens of a prompt counted, which is free of charge and no call of a model: nothing of it is kept."""

from contextlib import AsyncExitStack

from starlette.types import Receive

from orchestra.gateway.admission import Admission
from orchestra.gateway.asking import Asker
from orchestra.gateway.calls import MOST_REPLY_BYTES, PROVIDER_FAILED
from orchestra.gateway.errors import CallError
from orchestra.gateway.keys import RunKeys
from orchestra.gateway.leash import leash
from orchestra.gateway.outlet import Outlet
from orchestra.gateway.requests import Asked
from orchestra.gateway.sources import Unanswered
from orchestra_storage.haste import promptly


class Count:
    """One question for the tokens of a prompt; `answer` it once."""

    def __init__(self, number: int, asked: Asked, admission: Admission, asker: Asker) -> None:
        self._number = number
        self._asked = asked
        self._admission = admission
        self._asker = asker

    async def answer(self, keys: RunKeys, secret: str, receive: Receive, outlet: Outlet) -> None:
        """Give the client what the provider says, as it is, or tell it why there is nothing."""
        try:
            async with leash(keys, secret, receive), AsyncExitStack() as stack:
                targets = await promptly(lambda: self._admission.targets(self._number, self._asked))
                reply = await self._asker.first_answer(targets, stack)
                body = await reply.whole(MOST_REPLY_BYTES)
                await outlet.whole(reply.status, reply.headers, body)
        except CallError as error:
            await outlet.refuse(error)
        except Unanswered as error:
            await outlet.refuse(CallError(error.status, error.message, PROVIDER_FAILED))
