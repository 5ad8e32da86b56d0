"""/executions/{id}/answers"""

from orchestra.api.deps import PrincipalDep, ServicesDep
from orchestra.api.refusals import CONFLICT, INVALID, UNKNOWN
from orchestra.api.routing import router_for
from orchestra.api.schemas import MessageOut
from orchestra.api.schemas_questions import AnswerIn

router = router_for("Executions", "/executions")


@router.post(
    "/{execution_id}/answers", responses=INVALID | UNKNOWN | CONFLICT, summary="Answer what the run asks people"
)
def answer_question(services: ServicesDep, principal: PrincipalDep, execution_id: str, body: AnswerIn) -> MessageOut:
    services.questions.answer(principal, execution_id, body.question_id, body.answer)
    return MessageOut(message="The run gets the answer.")
