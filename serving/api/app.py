"""The application: routes, errors, guard, and the work that begins and ends with it.

app = create_app(open_services(load_settings()))
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from serving.api import (
    check,
    copies,
    events,
    info,
    info_models,
    listings,
    market_map,
    models,
    photos,
    review,
    review_models,
    valuation_models,
    valuations,
    visit_models,
    visits,
)
from serving.api.guard import Guard
from serving.api.limiter import Limiter
from serving.api.metrics import Metrics
from serving.api.pages import add_pages
from serving.api.problems import handlers
from serving.api.services import LoadingChecker, Services
from serving.errors import StorageError
from serving.observe.files import traced
from serving.observe.traces import open_traces
from serving.settings import Settings
from serving.store.database import Database
from serving.store.files import Files
from serving.valuing.desk import open_desk
from serving.work.health import Health
from serving.work.hub import Hub
from serving.work.pool import Pool
from serving.work.probes import clock_probe, database_probe, disk_probe, files_probe
from serving.work.sweep import sweep
from vision.privacy import homelens_version
from vision.rules import load_rules, rule_names
from vision.session import cpu_quota, give_back_memory

log = logging.getLogger("homelens")

QUEUE_PER_WORKER = 4
"""Requests that wait for each worker: at a quarter of a second a photo, one second of waiting."""

PROBLEM = {
    "description": "What went wrong (RFC 9457)",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}

TAGS = [
    {"name": "check", "description": "One stateless call for backend services."},
    {"name": "listings", "description": "A home's photos, built up one by one."},
    {"name": "photos", "description": "Photos of a listing."},
    {"name": "copies", "description": "What may be shared: people hidden, metadata gone."},
    {"name": "labels", "description": "What sellers said, for training."},
    {"name": "review", "description": "Labelers look at doubtful labels, one photo at a time."},
    {"name": "valuations", "description": "What a home is worth, with its range and reasons."},
    {"name": "information", "description": "What the service takes and runs."},
    {"name": "operation", "description": "For probes and monitoring."},
]


class Application(FastAPI):
    """FastAPI, whose description keeps the nulls of examples."""

    def openapi(self) -> dict[str, Any]:
        """The description."""
        found = super().openapi()
        for name, schema in found["components"]["schemas"].items():
            homes = (models, info_models, review_models, valuation_models, visit_models)
            model = next((m for home in homes if (m := getattr(home, name, None))), None)
            if "examples" in schema and model is not None:
                schema["examples"] = model.model_config["json_schema_extra"]["examples"]
        return found


def open_services(settings: Settings) -> Services:
    """Database, files, rules and pool, without the models. Raises StorageError, RuleError, or
    SettingsError where traces cannot be sent as the environment says."""
    traces = open_traces()
    rules = {name: load_rules(name) for name in dict.fromkeys([*rule_names(), settings.rules])}
    workers = settings.workers or cpu_quota()
    incoming = settings.state / "incoming"
    try:
        incoming.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"the folder {incoming} cannot be made: {error.strerror}", do="set HOMELENS_STATE"
        ) from error
    database, files = Database.open(settings.database), Files.open(settings.store)
    traces.watch_database(database.engine)
    return Services(
        settings=settings,
        database=database,
        files=traced(files, traces),
        incoming=incoming,
        checker=LoadingChecker(),
        pool=Pool(
            workers,
            QUEUE_PER_WORKER * workers if settings.queue is None else settings.queue,
            settings.queue_seconds,
        ),
        hub=Hub(),
        limiter=Limiter(),
        metrics=Metrics(),
        traces=traces,
        rules={own.name: own for own in rules.values()},
        default_rules=rules[settings.rules].name,
        health=watched(settings, database, files, incoming),
        desk=open_desk(settings, database),
    )


def watched(settings: Settings, database: Database, files: Files, incoming: Path) -> Health:
    """What is looked at all the time."""
    disks = [incoming, *([files.folder] if files.folder else [])]

    def cut() -> None:
        number = database.cut()
        if number:
            log.warning("cut %d connections to a database that does not answer", number)

    return Health(
        {
            "database": database_probe(settings.database),
            "files": files_probe(settings.store),
            "disk": disk_probe(disks, settings.max_bytes),
            "clock": clock_probe(settings.database),
        },
        on_lost={"database": cut},
    )


def create_app(services: Services) -> FastAPI:
    """The application on these services, which it closes at its end."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        services.hub.open()
        services.health.start()
        sweeping = asyncio.create_task(sweep_often(services))
        try:
            yield
        finally:
            sweeping.cancel()
            services.hub.close()
            services.health.close()
            services.pool.close()
            services.database.close()
            services.traces.close()

    app = Application(
        title="homelens",
        version=homelens_version(),
        summary="Photos of a home: what is there, what is missing, and copies safe to share.",
        description="Errors are problem+json with stable codes: docs/api.md.",
        openapi_tags=TAGS,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        exception_handlers=handlers(),
        responses={"default": PROBLEM},
        generate_unique_id_function=operation_id,
    )
    app.state.services = services
    modules = (
        check,
        listings,
        photos,
        events,
        copies,
        info,
        review,
        valuations,
        market_map,
        visits,
    )
    for module in modules:
        app.include_router(module.router)
    add_pages(app)
    app.add_middleware(Guard, services=services)
    return app


def operation_id(route: APIRoute) -> str:
    """What generated clients call an operation, such as photos_upload."""
    return "_".join([*map(str, route.tags), route.name])


async def sweep_often(services: Services) -> None:
    """Sweep at start and then every so often; what fails is logged and tried again."""
    while True:
        try:
            swept = await run_in_threadpool(
                sweep, services.database, services.files, services.incoming, services.settings
            )
            if swept.anything:
                log.info("swept: %s", swept)
            give_back_memory()  # what a busy hour left in the heap
        except Exception:  # the service outlives a database that is away for a while
            log.exception("the sweep failed")
        await asyncio.sleep(services.settings.sweep_minutes * 60)
