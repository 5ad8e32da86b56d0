"""Two agents: a pupil who asks, and a tutor who explains."""

# pyright: reportMissingImports=false

from camel.models import ModelFactory
from camel.societies import RolePlaying
from camel.types import ModelPlatformType


def construct_society(question: str) -> RolePlaying:
    """A pupil asks a tutor."""
    model = ModelFactory.create(model_platform=ModelPlatformType.OPENAI, model_type="gpt-5-mini")
    return RolePlaying(
        assistant_role_name="Tutor",
        assistant_agent_kwargs={"model": model},
        user_role_name="Pupil",
        user_agent_kwargs={"model": model},
        task_prompt=question,
        with_task_specify=False,
    )
