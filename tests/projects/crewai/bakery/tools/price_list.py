"""The bakery's prices."""

# pyright: reportMissingImports=false

from crewai.tools import BaseTool


class PriceList(BaseTool):
    name: str = "price_list"
    description: str = "What a loaf costs, in cents."

    def _run(self, bread: str) -> str:
        return f"A loaf of {bread}: 420 cents"
