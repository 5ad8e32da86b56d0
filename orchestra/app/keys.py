"""Opens what is needed for API keys, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

from orchestra.bus import Bus
from orchestra.domain.identity import Principal
from orchestra.services.admissions import Admissions
from orchestra.services.identity import IdentityService
from orchestra.services.keys import KeyService
from orchestra.settings import Settings
from orchestra_storage.migrate import migrate
from orchestra_storage.unit import Storage


@contextmanager
def open_keys(settings: Settings) -> Iterator[tuple[KeyService, Principal]]:
    """Keys alone, and the owner, for the command line: works beside a running server, and without one."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    migrate(settings.database)
    storage = Storage.open(settings.database)
    try:
        identity = IdentityService(storage, Bus(), Admissions(storage), settings.session_days)
        yield KeyService(storage, identity), identity.local_owner()[0]
    finally:
        storage.close()
