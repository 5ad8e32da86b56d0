"""/projects"""

from orchestra.api.deps import PrincipalDep, ServicesDep
from orchestra.api.refusals import INVALID
from orchestra.api.routing import router_for
from orchestra.api.schemas_projects import PathIn, ProjectOut, ProjectsOut

router = router_for("Frameworks", "/projects")


@router.post("/read", responses=INVALID, summary="Read what agents a project could be made into; nothing of it is run")
def read_projects(services: ServicesDep, principal: PrincipalDep, body: PathIn) -> ProjectsOut:
    found = services.projects.read(principal, body.path)
    return ProjectsOut(projects=[ProjectOut.of_project(framework, project) for framework, project in found])
