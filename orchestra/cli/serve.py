"""`orchestra serve`, and `orchestra` alone."""

import gc
import logging
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestra import presence
from orchestra.errors import OrchestraError
from orchestra.settings import Settings, load_settings

if TYPE_CHECKING:  # the server's libraries take seconds to import
    from orchestra.domain.agents import Agent
    from orchestra.server import RunningServer


@click.command()
@click.option("--host", help="The address to listen on (default 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on (default 3000; 0 takes a free one).")
@click.option("--data-dir", type=click.Path(path_type=Path), help="The folder that holds everything kept.")
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
@click.option("--private", is_flag=True, hidden=True, help="For another command only: a free port, no words.")
def serve(
    host: str | None = None,
    port: int | None = None,
    data_dir: Path | None = None,
    no_browser: bool = False,
    private: bool = False,
) -> None:
    """Start the server, or find the one that runs on the data folder, and open it in the browser, signed in."""
    if data_dir is not None:
        os.environ["ORCHESTRA_DATA_DIR"] = str(data_dir.resolve())
    given = {"host": host, "port": 0 if private else port}
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if found := presence.find(settings.data_dir):
        _open_running(found, no_browser)
        return
    _serve_here(settings, no_browser, private)


def _open_running(found: presence.Presence, no_browser: bool) -> None:
    from orchestra.client import Client

    with Client(found.url, found.key) as client:
        link = found.url + client.call("POST", "/links")["path"]
    click.echo(f"AgentOrchestra runs already on this data folder.\n  Open   {link}")
    if not no_browser:
        _open(link)


def _serve_here(settings: Settings, no_browser: bool, private: bool) -> None:
    gc.disable()  # importing and wiring makes no garbage, but looking for it takes its time
    from orchestra.server import serve as run_server

    def on_ready(server: "RunningServer") -> None:
        gc.freeze()  # what is there now stays, so no collection needs to look at it
        gc.enable()
        if private:
            return
        _greet(server, settings)
        threading.Thread(target=_after_start, args=(server, settings, no_browser), daemon=True).start()

    try:
        run_server(settings, on_ready)
    finally:
        gc.unfreeze()


def _greet(server: "RunningServer", settings: Settings) -> None:
    from orchestra import __version__

    click.echo(f"AgentOrchestra {__version__}")
    click.echo(f"  Open   {server.new_link()}   (signs you in once, within ten minutes)")
    click.echo(f"  Data   {settings.data_dir}")
    click.echo("  Stop   Ctrl-C")


def _after_start(server: "RunningServer", settings: Settings, no_browser: bool) -> None:
    if not no_browser:
        _open(server.new_link())
    if server.sample is not None:
        _run_sample(server.sample, settings)


def _open(link: str) -> None:
    import webbrowser

    webbrowser.open(link)


def _run_sample(agent: "Agent", settings: Settings) -> None:
    """The first start shows the main job in the terminal, too."""
    from orchestra.cli.connection import connected
    from orchestra.cli.follow import run_and_follow
    from orchestra.cli.output import answer_of

    click.echo(f"\nThe sample agent '{agent.name}' runs for the first time, with the scripted model:")
    try:
        with connected(settings) as client:
            execution = run_and_follow(client, agent.id, {}, click.echo)
    except OrchestraError as error:
        click.echo(f"It could not be run: {error.message}", err=True)
        return
    click.echo(f"\nAnswer: {answer_of(execution.get('output')) or execution.get('reason')}\n")
