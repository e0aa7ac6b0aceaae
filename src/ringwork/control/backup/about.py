"""What a backup says of itself, first of all."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

NAME = "about.json"


class About(BaseModel):
    """`schema_revision`: of the store the rows are from; `ringwork`: the release that wrote it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal[1] = 1
    ringwork: str
    schema_revision: str
    made_at: datetime
