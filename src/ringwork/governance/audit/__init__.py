"""What the OWASP API Security Top 10 (2023) asks of each operation, judged by what a gateway will really do: by the
contract a ring reads, and by the policies that hold there. `audit` is the door.
"""

from ringwork.governance.audit.judging import Audit, audit
from ringwork.governance.audit.model import AuditFinding, Rule
from ringwork.governance.audit.rules import RULES
from ringwork.style.model import Level

__all__ = ["RULES", "Audit", "AuditFinding", "Level", "Rule", "audit"]
