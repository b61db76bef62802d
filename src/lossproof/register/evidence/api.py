"""The API, `/api/v1/`: keys are enrolled, signed facts come in. No session and no cookie: what is signed is the authentication.

Bodies are JSON of a fixed shape (`wire.checkin`), bounded before they are read, never compressed. Every answer that is not a success
has one shape, and says nothing of what was sent. The OpenAPI document is at `/api/v1/openapi.json`; there are no pages to try it on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any

import msgspec
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from lossproof import __version__
from lossproof.errors import (
    FormatError,
    InputError,
    LossproofError,
    PolicyError,
    StoreError,
    UnsupportedError,
    VerificationError,
)
from lossproof.ledger.reading import Reader
from lossproof.register.accounts.duties import public
from lossproof.register.accounts.limits import limit
from lossproof.register.evidence import acts
from lossproof.register.evidence.ingest import Outcome, ingest
from lossproof.register.options import signing_key, told
from lossproof.register.projection import apply
from lossproof.register.store import the_ledger
from lossproof.register.web.errors import TooMany
from lossproof.wire.checkin import (
    MOST_BODY_BYTES,
    EnrolRequest,
    ErrorAnswer,
    FactsAnswer,
    FactsRequest,
    Health,
    OutcomeGiven,
    ReceiptGiven,
    Refusal,
    Shape,
    decode,
    encode,
    schemas,
)

_LOGGER = logging.getLogger("lossproof.register")
_JSON = "application/json"
_PREFIX = "#/components/schemas/"
_REFERENCES, _COMPONENTS = schemas(_PREFIX)
_MOST_ENROL_BYTES = 4096
_NOTHING = ("not_found", "there is nothing at this address")
_HINTS = {
    "format": "the shapes of requests stand in /api/v1/openapi.json, those of facts in docs/reference/facts.md",
    "verification": "sign it with the key that was enrolled, and send the bytes that were signed",
    "policy": "what the roles of keys may state stands in docs/reference/facts.md",
    "not_found": "the addresses stand in /api/v1/openapi.json",
}
"""What to do next, where the refusal itself does not know it better."""


_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (FormatError, 400),
    (UnsupportedError, 400),
    (VerificationError, 403),
    (PolicyError, 403),
    (InputError, 409),
    (StoreError, 503),
)


class _Refused(Exception):  # noqa: N818  an answer, and no error of ours
    """A request that is not looked into: its status, and why."""

    def __init__(self, status: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.hint = hint


_HEALTH = {
    "operationId": "health",
    "summary": "Whether the register is there",
    "responses": {
        "200": {"description": "The store can be read", "content": {_JSON: {"schema": _REFERENCES["Health"]}}},
        "503": {"description": "It cannot", "content": {_JSON: {"schema": _REFERENCES["Health"]}}},
    },
}


class _Api(NinjaAPI):
    """Ninja's routing and OpenAPI, with the shapes of `wire.checkin`."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The OpenAPI document."""
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        document["components"] = {"schemas": _COMPONENTS}
        document["paths"]["/health"] = {"get": _HEALTH}
        for operations in document["paths"].values():
            for operation in operations.values():
                operation["responses"] = {str(status): said for status, said in operation["responses"].items()}
                operation["responses"].pop("200", None) if "201" in operation["responses"] else None
        return document


def _operation(request: str, answer: str, statuses: Mapping[int, str], done: int = 200) -> dict[str, Any]:
    """What the OpenAPI document says of an operation."""
    said = {status: {"description": text, "content": _content("ErrorAnswer")} for status, text in statuses.items()}
    said[done] = {"description": "Done", "content": _content(answer)}
    return {
        "requestBody": {"required": True, "content": _content(request)},
        "responses": {str(status): one for status, one in said.items()},
    }


def _content(name: str) -> dict[str, Any]:
    return {_JSON: {"schema": _REFERENCES[name]}}


_ALWAYS = {
    400: "The body is not JSON of its shape",
    413: "The body is too long",
    415: "The body is not plain JSON",
    503: "The store cannot be written now; nothing was done",
}

api = _Api(
    title="lossproof register",
    version=__version__,
    description="Signed facts in. Every error has the shape ErrorAnswer.",
    docs_url=None,
    urls_namespace="api",
)


@api.post(
    "/keys",
    summary="Enrol a new key with a one-time code",
    operation_id="enrol_key",
    openapi_extra=_operation(
        "EnrolRequest",
        "Enrolment",
        {**_ALWAYS, 403: "The code or the proof does not hold", 409: "It cannot be done now", 429: "Too many attempts"},
        201,
    ),
)
def keys(request: HttpRequest) -> HttpResponse:
    """The proof is the new key's Ed25519 signature over the bytes `lossproof-enrol`, a line feed, and the code as it is sent. A code
    works once; the same key may use it again, and is told the same."""
    limit(request, "enrol")
    asked = _body(request, EnrolRequest, _MOST_ENROL_BYTES)
    return _answer(acts.enrol(the_ledger(), signing_key(), asked), HTTPStatus.CREATED)


@api.post(
    "/facts",
    summary="Bring signed facts",
    operation_id="bring_facts",
    openapi_extra=_operation("FactsRequest", "FactsAnswer", _ALWAYS),
)
def facts(request: HttpRequest) -> HttpResponse:
    """An outcome for each fact, in order. One that is refused costs the others nothing; one that comes again is `known`, with the
    receipt that it had. All that is accepted is in one transaction, and receipts are given after a checkpoint that covers it."""
    brought = _body(request, FactsRequest, MOST_BODY_BYTES)
    ledger = the_ledger()
    outcomes = ingest(
        ledger, brought.facts, brought.values, brought.manifests, register_key=told().register_key, project=apply
    )
    newest = Reader(ledger.database, ledger.log).newest_checkpoint()
    return _answer(
        FactsAnswer(
            outcomes=[_given(one) for one in outcomes],
            checkpoint=None if newest is None else newest.note.decode("utf-8"),
            recipient=acts.current_recipient(ledger),
        )
    )


@public
@csrf_exempt
def health(request: HttpRequest) -> HttpResponse:
    """Whether the store can be read, and how many leaves its log has."""
    if request.method not in {"GET", "HEAD"}:
        return _wrong_method("GET, HEAD")
    try:
        return _answer(Health(status="ok", size=the_ledger().reader.size))
    except (StoreError, OperationalError, InterfaceError):
        return _answer(Health(status="unavailable", size=None), HTTPStatus.SERVICE_UNAVAILABLE)


@public
@csrf_exempt
def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """404 in the API's own shape."""
    return _error(HTTPStatus.NOT_FOUND, *_NOTHING)


def in_one_shape(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of ninja's whose refusal of a method has the one shape too."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        return _wrong_method(response["Allow"])

    return answer


def _wrong_method(allowed: str) -> HttpResponse:
    refused = _error(
        HTTPStatus.METHOD_NOT_ALLOWED, "method", "this address does not take that method", f"it takes {allowed}"
    )
    refused["Allow"] = allowed
    return refused


def _body(request: HttpRequest, shape: type[Shape], most_bytes: int) -> Shape:
    """The body, of its shape. What is too long, or said to be, is not read."""
    kind, _, parameters = request.headers.get("Content-Type", "").partition(";")
    if kind.strip().lower() != _JSON or parameters.strip().lower().replace('"', "") not in {"", "charset=utf-8"}:
        raise _Refused(415, "the body must be JSON", "send it as application/json, in UTF-8")
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise _Refused(415, "the body must not be compressed", "send it as it is")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal():
        raise _Refused(400, "the length of the body is not a number")
    if int(length) > most_bytes:
        raise _Refused(413, f"the body is longer than {most_bytes:,} bytes", "send fewer facts at a time")
    content = request.read(int(length)) if int(length) else b""
    if len(content) != int(length):
        raise _Refused(400, "the body ended too soon")
    return decode(content, shape)


def _given(outcome: Outcome) -> OutcomeGiven:
    receipt, error = outcome.receipt, outcome.error
    return OutcomeGiven(
        status=outcome.status,
        envelope=outcome.envelope,
        receipt=None
        if receipt is None
        else ReceiptGiven(
            origin=receipt.origin,
            leaves=list(receipt.leaves),
            envelope=receipt.envelope,
            known_at=receipt.known_at,
            raised=receipt.raised,
            status=receipt.status,
            checkpoint_size=receipt.checkpoint_size,
            checkpoint_root=receipt.checkpoint_root,
        ),
        error=None
        if error is None
        else Refusal(code=error.code, message=str(error), hint=error.hint or _HINTS.get(error.code, "")),
    )


def _answer(shape: msgspec.Struct, status: int = HTTPStatus.OK) -> HttpResponse:
    return HttpResponse(encode(shape), status=status, content_type=_JSON)


def _error(status: int, code: str, message: str, hint: str = "") -> HttpResponse:
    said = Refusal(code=code, message=message, hint=hint or _HINTS.get(code, ""))
    return _answer(ErrorAnswer(error=said), status)


@api.exception_handler(LossproofError)
def _lossproof_error(request: HttpRequest, error: LossproofError) -> HttpResponse:
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        _LOGGER.error("the store failed", exc_info=error)
        # What the store says of itself may name files of this machine.
        return _error(status, error.code, "the register cannot write its store now", "bring the same again later")
    return _error(status, error.code, str(error), error.hint)


@api.exception_handler(_Refused)
def _refused(request: HttpRequest, error: _Refused) -> HttpResponse:
    return _error(error.status, FormatError.code, str(error), error.hint)


@api.exception_handler(TooMany)
def _too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
    return _error(HTTPStatus.TOO_MANY_REQUESTS, "too_many", "too many attempts from this address", "wait a minute")


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return _error(HTTPStatus.NOT_FOUND, *_NOTHING)


@api.exception_handler(Exception)
def _unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    if isinstance(error, UnreadablePostError):
        return _error(HTTPStatus.BAD_REQUEST, FormatError.code, "the body ended too soon")
    _LOGGER.error("a request failed", exc_info=error)
    if isinstance(error, OperationalError | InterfaceError):
        return _error(HTTPStatus.SERVICE_UNAVAILABLE, StoreError.code, "the register cannot reach its store now")
    return _error(HTTPStatus.INTERNAL_SERVER_ERROR, LossproofError.code, "something went wrong here; nothing was done")
