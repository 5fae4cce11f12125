"""The OpenAPI document, made from the operations and their models."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from cxr import RESEARCH_USE, __version__
from cxr.access.rights import API
from cxr.api.operation import ALWAYS, Operation, Schema
from cxr.api.problems import MEDIA_TYPE, Problem
from cxr.worklist.reading.page import LARGEST_NUMBER

REF = "#/components/schemas/{model}"
HEADERS = {
    202: {"Location": {"description": "Where the result will be", "schema": {"type": "string"}}},
    401: {"WWW-Authenticate": {"description": "Bearer", "schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}},
    503: {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}},
}


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """Describe operations in OpenAPI 3.1."""
    operations = tuple(operations)
    models: set[type[BaseModel]] = {Problem, *(one for operation in operations for one in _models(operation))}
    ordered = sorted(models, key=lambda one: one.__name__)
    _, schemas = models_json_schema([(one, "serialization") for one in ordered], ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas["$defs"])
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Chest film screening",
            "version": __version__,
            "description": RESEARCH_USE,
        },
        "servers": [{"url": API.rstrip("/")}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _models(operation: Operation) -> list[type[BaseModel]]:
    media = (*operation.answers.values(), *operation.bodies.values())
    return [operation.question, *(one for one in media if isinstance(one, type))]


def _operation(one: Operation, schemas: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "parameters": _parameters(one, schemas),
        "responses": {
            str(one.status): _response(one.status, one.answers),
            **{
                str(status): _response(status, {MEDIA_TYPE: Problem})
                for status in sorted({*ALWAYS, *one.problems})
            },
        },
    }
    if one.bodies:
        found["requestBody"] = {"required": True, "content": _content(one.bodies)}
    return found


def _parameters(one: Operation, schemas: Mapping[str, Any]) -> list[dict[str, Any]]:
    asked = schemas[one.question.__name__]
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "query",
            "required": name in asked.get("required", ()),
            "schema": schema,
        }
        for name, schema in asked.get("properties", {}).items()
    ]
    if "{id}" in one.path:
        number = {"type": "integer", "minimum": 1, "maximum": LARGEST_NUMBER}
        found.append({"name": "id", "in": "path", "required": True, "schema": number})
    return found


def _response(status: int, answers: Mapping[str, type[BaseModel] | Schema]) -> dict[str, Any]:
    found = {"description": HTTPStatus(status).phrase, "content": _content(answers)}
    return found | ({"headers": HEADERS[status]} if status in HEADERS else {})


def _content(media: Mapping[str, type[BaseModel] | Schema]) -> dict[str, Any]:
    return {
        kind: {"schema": {"$ref": REF.format(model=schema.__name__)} if isinstance(schema, type) else schema}
        for kind, schema in media.items()
    }
