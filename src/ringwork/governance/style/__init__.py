"""Style rules of an estate: what each ring would read of an API, held to the rules of that ring."""

from ringwork.governance.style.judging import StyleJudgement, judge_styles
from ringwork.governance.style.model import StyleFinding

__all__ = ["StyleFinding", "StyleJudgement", "judge_styles"]
