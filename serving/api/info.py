"""What anybody may know: how the service is, what it runs, what it takes, what sellers said."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from avm.bundle import AvmManifest
from serving.api.auth import CallerOf
from serving.api.info_models import (
    Alive,
    CorrectionPage,
    Info,
    Ready,
    RuleChoice,
    RunningFigure,
    RunningModel,
    RunningModels,
)
from serving.api.paging import Cursor, Limit, cursor, position
from serving.api.services import services_of
from serving.api.views import correction_view
from serving.store.keys import Scope, any_key
from serving.store.listings import page_of_corrections
from vision.bundle import Manifest
from vision.findings import ROOM_TYPES
from vision.home import HOME_TYPES
from vision.privacy import homelens_version

router = APIRouter()

FORMATS = ("jpeg", "png", "webp", "heic", "avif")


@router.get("/healthz", tags=["operation"])
async def healthz() -> Alive:
    """The process answers."""
    return Alive()


@router.get("/readyz", tags=["operation"])
async def readyz(request: Request) -> Ready:
    """The models are loaded and warm, database, files, disk and clock are well; else 503.

    Answered at once, from what was seen in the last seconds, also where a database hangs.
    """
    services = services_of(request)
    services.checker.get()
    if (error := services.health.trouble()) is not None:
        raise error
    return Ready(since=services.checker.since or datetime.now(UTC))


@router.get(
    "/metrics",
    tags=["operation"],
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    """Counters for Prometheus."""
    services = services_of(request)
    services.metrics.queue_depth.set(services.pool.waiting)
    services.metrics.busy.set(services.pool.running)
    return Response(services.metrics.render(), media_type="text/plain; version=0.0.4")


@router.get("/v1/info", tags=["information"])
def info(request: Request) -> Info:
    """What a client needs to know before it uploads."""
    services = services_of(request)
    with services.database.read() as session:
        keys = any_key(session)
    return Info(
        homelens=homelens_version(),
        keys_required=keys,
        home_types=HOME_TYPES,
        room_types=ROOM_TYPES,
        rules=tuple(
            RuleChoice(name=name, title=rules.title, source=rules.source)
            for name, rules in services.rules.items()
        ),
        default_rules=services.default_rules,
        formats=FORMATS,
        max_bytes=services.settings.max_bytes,
        max_photos=services.settings.max_photos,
    )


@router.get("/v1/models", tags=["information"])
def models(request: Request) -> RunningModels:
    """Which models this process runs, and where they come from."""
    services = services_of(request)
    photos = [running_model(*one) for one in services.checker.get().running]
    markets = services.desk.markets.manifests
    values = [running_market(one, services.desk.versions[name]) for name, one in markets.items()]
    return RunningModels(homelens=homelens_version(), models=(*photos, *values))


def running_market(manifest: AvmManifest, manifest_sha256: str) -> RunningModel:
    """What is told of a market's bundle, as the process found it at its start."""
    return RunningModel(
        name=f"avm/{manifest.name}",
        version=manifest.version,
        sha256=manifest.sha256,
        manifest_sha256=manifest_sha256,
        task=manifest.task,
        classes=(),
        code=manifest.code,
        data=manifest.data,
        parameters=manifest.parameters,
        metrics=tuple(
            RunningFigure.model_validate(one.model_dump())
            for one in manifest.metrics
            if one.name.count(".") == 1
        ),
        licences=manifest.licences,
    )


def running_model(manifest: Manifest, manifest_sha256: str) -> RunningModel:
    """What is told of a loaded bundle."""
    return RunningModel(
        name=manifest.name,
        version=manifest.version,
        sha256=manifest.sha256,
        manifest_sha256=manifest_sha256,
        task=manifest.task,
        classes=manifest.classes,
        code=manifest.code,
        data=manifest.data,
        parameters=manifest.parameters,
        metrics=tuple(
            RunningFigure.model_validate(one.model_dump())
            for one in manifest.metrics
            if one.name.count(".") == 1
        ),
        licences=manifest.licences,
    )


@router.get("/v1/corrections", tags=["labels"])
def corrections(
    request: Request, caller: CallerOf, after: Cursor = None, limit: Limit = 50
) -> CorrectionPage:
    """What sellers said their photos show, as labels with their provenance; oldest first."""
    caller.needs(Scope.LABELER, Scope.ADMIN)
    with services_of(request).database.read() as session:
        rows = page_of_corrections(session, position(after), limit + 1)
    page, more = rows[:limit], len(rows) > limit
    last = page[-1][0] if page else None
    return CorrectionPage(
        corrections=tuple(correction_view(*row) for row in page),
        next=cursor(last.created_at, last.id) if more and last else None,
    )
