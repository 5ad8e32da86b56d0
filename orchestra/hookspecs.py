"""What a plugin may implement: the published contract, API version 1.

A plugin is a module named by an entry point of the group `orchestra`. It marks its functions with `hookimpl` and may
set `ORCHESTRA_API = 1`, the contract's version that it was written for.
"""

from collections.abc import Sequence

import pluggy

from orchestra.domain.frameworks import Framework

API_VERSION = 1
PROJECT = "orchestra"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def orchestra_frameworks() -> Sequence[Framework]:  # pyright: ignore[reportReturnType] - a contract has no body
    """Return the frameworks that the plugin brings; called once, after the plugin was loaded.

    Return at once and import no framework here: the server never does. An exception marks the plugin as broken, with
    its text; a framework whose id is taken is refused.
    """
