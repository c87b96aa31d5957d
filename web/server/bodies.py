"""Shapes of JSON bodies: what Chainlit would take out of them without a look is refused before it does."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError

Name = Annotated[str, Field(min_length=1, max_length=255)]


class _Element(BaseModel):
    id: Name
    name: str
    type: str
    display: Literal["inline", "side", "page"]
    forId: str | None = None
    threadId: str | None = None
    props: dict[str, Any] | None = None


class _Action(BaseModel):
    name: str
    payload: dict[str, Any]
    label: str = ""
    tooltip: str = ""
    icon: str | None = None
    forId: str | None = None
    id: str = ""


class _Body(BaseModel):
    element: _Element | None = None
    action: _Action | None = None


def check(body: dict[str, Any]) -> None:
    """Raises RequestValidationError for an element or an action that is none."""
    try:
        _Body.model_validate({key: value for key, value in body.items() if key in _Body.model_fields})
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error
