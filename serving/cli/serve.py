"""`homelens serve`: the HTTP service and the seller's page.

    homelens serve
    homelens serve --host 0.0.0.0 --port 80       # needs a key: homelens keys create

The models load in a thread while the rest starts, so that /healthz answers at once and /readyz
when the first photo can be looked at. A model that is missing or damaged, or does not take and give
what its manifest says, ends the process with exit code 2 and the reason; so does one that cannot be
run, which shows right after the start (serving/api/server.py). SIGTERM lets requests under way end
(HOMELENS_DRAIN_SECONDS).
"""

import logging
from threading import Thread
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from serving.settings import Settings
    from vision.checker import PhotoChecker

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


class Loader(Thread):
    """Loads the models; the thread keeps the error that stopped it."""

    def __init__(self, settings: "Settings") -> None:
        super().__init__(name="homelens-models", daemon=True)
        self.settings = settings
        self.error: Exception | None = None
        self.loaded: PhotoChecker | None = None

    def run(self) -> None:
        """Verify and open every bundle."""
        try:
            from vision.checker import PhotoChecker

            settings = self.settings
            checker = PhotoChecker.load(settings.models, settings.threads or 1, settings.limits)
            checker.open()
            self.loaded = checker
        except Exception as error:  # told by the main thread, whatever it is
            self.error = error


@command.command(epilog="Settings: docs/settings.md. The API: docs/api.md.")
def serve(
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Address to listen on.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", help="Port to listen on; 0 takes any.")
    ] = None,
) -> None:
    """Serve the HTTP API and the seller's page until SIGTERM or Ctrl-C."""
    import gc
    import os

    # The small matrices of rooms and values want no threads; numpy would start one for each core of
    # the machine, whatever the quota, and they spin: a sixth of the CPU time of a start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Nothing that starting makes is garbage: looking for some costs a tenth of the start. Resumed
    # when the models are there (serving/api/server.py).
    gc.disable()
    from serving.observe.logs import STARTS, log_to_stderr
    from serving.settings import load_settings
    from vision.errors import HomelensError

    settings = load_settings()
    log_to_stderr(settings.log_format, settings.log_level)
    loader = Loader(settings)
    loader.start()

    try:
        start(settings, loader, host or settings.host, settings.port if port is None else port)
    except HomelensError as error:
        if settings.log_format == "text":
            raise  # told as by every other command
        fields = {"code": error.code}
        logging.getLogger(STARTS).error(str(error), extra={"fields": fields})
        raise typer.Exit(2) from error
    finally:
        loader.join()  # a process that ends while a model is being opened aborts


def start(settings: "Settings", loader: Loader, host: str, port: int) -> None:
    """Open everything but the models, and serve."""
    from serving.api.app import create_app, open_services
    from serving.api.auth import check_binding
    from serving.api.server import run
    from serving.observe.logs import STARTS

    services = open_services(settings)
    for remark in (check_binding(host, services), services.desk.remark()):
        if remark:
            logging.getLogger(STARTS).warning(remark)
    run(create_app(services), services, loader, host, port)
