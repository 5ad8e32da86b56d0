"""Artifacts in a real browser, some of which would attack whoever looks at them."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Error, Page, expect
from servers import ServerUnderTest

from orchestra.domain.artifacts import id_of

Visit = Callable[..., Page]
ATTACK = "<script>document.title = 'taken'; parent.document.title = 'taken'; fetch('/api/keys')</script>"
PICTURE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00"
    b"\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa7\x9a\xa0\xa0\x00\x00\x00\x00IEND\xaeB`\x82"
)


def left_by(server: ServerUnderTest) -> str:
    execution = server.start_run(server.agent("leave"), input={"files": {"page.html": ATTACK, "a.svg": "<svg/>"}})
    server.wait(execution)
    (server.data_dir / "runs" / execution / "files" / "dot.png").write_bytes(PICTURE)
    return execution


def test_files_are_shown_and_downloaded(server: ServerUnderTest, visit: Visit, tmp_path: Path) -> None:
    execution = left_by(server)
    page = visit(server, f"/executions/{execution}")
    page.get_by_role("tab", name="Artifacts 3").click()
    page.get_by_role("button", name="page.html").click()
    expect(page.get_by_role("dialog").get_by_text("fetch('/api/keys')")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="dot.png").click()
    picture = page.get_by_role("dialog").get_by_role("img", name="dot.png")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") == 1
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role("link", name="Download dot.png").click()
    assert download.value.suggested_filename == "dot.png"
    download.value.save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_bytes() == PICTURE
    assert page.title() != "taken"


def test_a_page_that_a_run_has_left_does_not_run_here(server: ServerUnderTest, visit: Visit) -> None:
    execution = left_by(server)
    page = visit(server, f"/executions/{execution}")
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    for name in ("page.html", "a.svg"):
        with page.expect_download() as download:
            try:
                page.goto(f"{server.presence.url}/api/executions/{execution}/artifacts/{id_of([name])}")
            except Error as error:
                assert "Download is starting" in str(error)
        assert download.value.suggested_filename == name
    place = f"/api/executions/{execution}/artifacts/{id_of(['page.html'])}"
    page.evaluate(
        "place => { const frame = document.createElement('iframe'); frame.src = place; document.body.append(frame) }",
        place,
    )
    page.wait_for_timeout(500)
    assert page.title() != "taken"
    assert not any(url.endswith("/api/keys") for url in asked)
