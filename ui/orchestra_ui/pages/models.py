"""The models that agents can ask for, who answers them, what they cost, and the names that stand for them."""

from orchestra.domain.identity import Permission, Role
from orchestra_ui.context import Screen, guarded, set_title
from orchestra_ui.live import watch
from orchestra_ui.pages.aliases_part import AliasesPart
from orchestra_ui.pages.offered_part import OfferedPart
from orchestra_ui.pages.prices_part import PricesPart
from orchestra_ui.pages.providers_part import ProvidersPart
from orchestra_ui.parts.elements import Text, box
from orchestra_ui.parts.notices import notice


@guarded
async def models_page(screen: Screen) -> None:
    set_title("Models")
    view = _ModelsView(screen)
    await watch(lambda: screen.services.providers.changes(screen.principal), view.refresh)


class _ModelsView:
    def __init__(self, screen: Screen) -> None:
        may_change = screen.principal.role is Role.OWNER and screen.principal.may(Permission.ADMIN)
        with box("page-head"):
            Text("Models & providers", "h1", "grow")
        if screen.services.providers.zero_egress:
            notice("Zero egress: only models on this machine are asked, whatever agents want.", "shield", "good")
        self._providers = ProvidersPart(screen, may_change)
        self._aliases = AliasesPart(screen, may_change)
        self._offered = OfferedPart(screen, self._set_price if may_change else None)
        self._prices = PricesPart(screen, may_change, self._show_prices)

    async def refresh(self) -> None:
        await self._providers.refresh()
        await self._aliases.refresh()
        await self._show_prices()

    async def _show_prices(self) -> None:
        await self._prices.refresh()
        await self._offered.refresh()

    def _set_price(self, model: str, provider: str) -> None:
        self._prices.add(model, provider)
