"""POST /v1/check: all photos and the home in one call, the report out; nothing is kept.

Only with copies=links the safe copies stay for HOMELENS_KEEP_CHECKS_HOURS; the photos never do.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import Field, Json, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from serving.api.auth import Caller, caller_of
from serving.api.copies import CHECKS
from serving.api.examples import HOME
from serving.api.listings import chosen_rules
from serving.api.models import CheckedCopy, CheckResult, RoomName
from serving.api.multipart import PHOTOS, received
from serving.api.photos import FORM, upload_limits
from serving.api.problems import answer, invalid, request_id
from serving.api.services import Services, services_of
from serving.api.upload import count
from serving.api.views import examined
from serving.errors import Unprocessable
from serving.names import unique
from serving.store.keys import Scope
from serving.work.examine import Seen, examine
from vision.completeness import answerable, assess
from vision.duplicates import mark_duplicates
from vision.errors import PhotoError
from vision.evidence import natural
from vision.findings import Frozen, RefusedPhoto
from vision.home import Home
from vision.policy import Policy
from vision.rules import Rules

router = APIRouter(prefix="/v1", tags=["check"])


class CheckForm(Frozen):
    """The text fields of a check."""

    home: Json[Home] = Field(description="the declared home, as JSON")
    rules: str | None = Field(default=None, max_length=100, description="a rule file's name")
    policy: Policy | None = Field(default=None, description="how people are hidden in copies")
    copies: Literal["none", "inline", "links"] = Field(
        default="none", description="whether safe copies are wanted, and how"
    )
    answers: Json[dict[str, tuple[RoomName, ...]]] = Field(
        default_factory=dict,
        description='what photos show, by file name, as JSON: {"IMG_1.jpg": ["kitchen"]}',
    )


def form_schema() -> dict[str, Any]:
    """The multipart body for OpenAPI."""
    body: dict[str, Any] = {
        "type": "object",
        "required": ["home", PHOTOS],
        "properties": {
            "home": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": {"$ref": "#/components/schemas/Home"},
                "description": "the declared home, as JSON",
                "examples": [json.dumps(HOME)],
            },
            "rules": {"type": "string", "description": "a rule file's name", "examples": ["mls"]},
            "policy": {"type": "string", "enum": [policy.value for policy in Policy]},
            "copies": {"type": "string", "enum": ["none", "inline", "links"], "default": "none"},
            "answers": {
                "type": "string",
                "description": "what photos show, by file name, as JSON",
                "examples": ['{"IMG_1.jpg": ["kitchen"]}'],
            },
            **FORM["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"],
        },
    }
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": body}}}}


@router.post("/check", response_model=CheckResult, openapi_extra=form_schema())
async def check(request: Request, caller: Annotated[Caller, Depends(caller_of)]) -> Response:
    """Photos and the declared home in, the report out. Photos that cannot be read are part of it.

    The report's photo ids are the files' names, made unique.
    """
    caller.needs(Scope.SERVICE)
    services = services_of(request)
    checker = services.checker.get()
    limits = upload_limits(services, caller, services.settings.max_photos)
    async with received(request, services.incoming, limits) as form:
        try:
            asked = CheckForm.model_validate(form.fields)
        except ValidationError as error:
            found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
            return answer(invalid(found, request_id(request)))
        if not form.files:
            raise Unprocessable(
                "the form has no photo", accepted=f"one or more files in parts named {PHOTOS!r}"
            )
        rules = chosen_rules(services, asked.rules)
        names = unique(file.name for file in form.files)
        check_answers(asked, names, rules)
        policy = None
        if asked.copies != "none":
            policy = asked.policy or services.settings.policy
        seen: dict[str, Seen] = {}
        refused: list[RefusedPhoto] = []
        with services.pool.place():
            for name, file in zip(names, form.files, strict=True):
                try:
                    if file.refused is not None:
                        raise file.refused
                    read = file.path.read_bytes
                    look = partial(examine, checker, name, read, rules, policy, services.watch)
                    seen[name] = await services.pool.run(look)
                    count(services, rules, seen[name])
                except PhotoError as error:
                    refused.append(RefusedPhoto(id=name, code=error.code, message=str(error)))
        body = await run_in_threadpool(result, services, asked, rules, seen, refused)
    return Response(body, media_type="application/json")


def check_answers(asked: CheckForm, names: list[str], rules: Rules) -> None:
    """Raises Unprocessable for a photo or room that there is not."""
    known = answerable(asked.home, rules)
    for photo, rooms in asked.answers.items():
        if photo not in names:
            raise Unprocessable(
                f"answers names the photo {photo[:60]!r}, which was not sent",
                accepted=", ".join(names[:20]),
            )
        wrong = [room for room in rooms if room not in known]
        if wrong:
            raise Unprocessable(f"answers has the room {wrong[0]!r}", accepted=", ".join(known))


def result(
    services: Services,
    asked: CheckForm,
    rules: Rules,
    seen: Mapping[str, Seen],
    refused: list[RefusedPhoto],
) -> str:
    """The answer's JSON; copies that are linked are kept before it is given."""
    order = sorted(seen, key=natural)
    found = mark_duplicates([seen[name].findings for name in order], rules.quality)
    return CheckResult(
        report=assess(found, refused, asked.home, rules, asked.answers),
        findings={photo.id: examined(photo) for photo in found},
        copies={
            name: checked_copy(services, asked.copies, seen[name])
            for name in order
            if seen[name].copy is not None
        },
    ).model_dump_json()


def checked_copy(services: Services, how: str, seen: Seen) -> CheckedCopy:
    """A photo's copy, in the answer or as a link."""
    copy = seen.copy
    assert copy is not None
    if copy.jpeg is None or seen.thumbnail is None:
        return CheckedCopy(receipt=copy.receipt)
    if how == "inline":
        return CheckedCopy(receipt=copy.receipt, jpeg=base64.b64encode(copy.jpeg).decode())
    token = secrets.token_urlsafe(16)
    services.files.put(f"{CHECKS}/{token}/copy.jpg", copy.jpeg)
    services.files.put(f"{CHECKS}/{token}/thumbnail.jpg", seen.thumbnail)
    return CheckedCopy(receipt=copy.receipt, url=f"/v1/copies/{token}")
