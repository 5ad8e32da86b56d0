"""The models that agents can ask for, who answers them, and the names that stand for them."""

from orchestra.domain.identity import Permission, Role
from orchestra.domain.providers import OfferedModel
from orchestra_ui.context import Screen, guarded, set_title
from orchestra_ui.live import watch
from orchestra_ui.pages.aliases_part import AliasesPart
from orchestra_ui.pages.providers_part import ProvidersPart
from orchestra_ui.parts.elements import Text, box
from orchestra_ui.parts.feedback import ask
from orchestra_ui.parts.notices import notice
from orchestra_ui.wording import count

_SHOWN_MODELS = 300


@guarded
async def models_page(screen: Screen) -> None:
    set_title("Models")
    view = _ModelsView(screen)
    await watch(lambda: screen.services.providers.changes(screen.principal), view.refresh)


class _ModelsView:
    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        may_change = screen.principal.role is Role.OWNER and screen.principal.may(Permission.ADMIN)
        with box("page-head"):
            Text("Models & providers", "h1", "grow")
        if screen.services.providers.zero_egress:
            notice("Zero egress: only models on this machine are asked, whatever agents want.", "shield", "good")
        self._providers = ProvidersPart(screen, may_change)
        self._aliases = AliasesPart(screen, may_change)
        with box("card card-body", "section", aria_label="Models"):
            self._title = Text("", "h2")
            self._list = box("tags")

    async def refresh(self) -> None:
        await self._providers.refresh()
        await self._aliases.refresh()
        offered = await ask(self._screen.services.models.offered, self._screen.principal)
        self._title.show(count(len(offered), "name") + " that agents can ask for")
        self._list.clear()
        with self._list:
            for one in offered[:_SHOWN_MODELS]:
                Text(_words_of(one), classes="tag foreign").props["title"] = one.name
            if len(offered) > _SHOWN_MODELS:
                Text(f"and {len(offered) - _SHOWN_MODELS:,} more", classes="soft")


def _words_of(one: OfferedModel) -> str:
    return one.name if one.kind == "model" else f"{one.name} ({one.kind})"
