"""The tables of a scenario, by what they describe."""

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """A table of a scenario; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
