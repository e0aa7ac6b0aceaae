"""What an estate exposes to whom, what a change would change, and which audience an API should have."""

from ringwork.governance.assess import Assessment, assess
from ringwork.governance.plan import Plan, plan
from ringwork.governance.snapshot import ExposureSnapshot

__all__ = ["Assessment", "ExposureSnapshot", "Plan", "assess", "plan"]
