"""The report of one API: what was asked, what was found, what is accepted until when. Markdown, and a page of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from html import escape

from ringwork.governance.audit.judging import Audit
from ringwork.governance.audit.model import CATEGORIES, AuditFinding
from ringwork.governance.audit.rules import RULES

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
body{color:#1a1a1a;background:#fff}
table{border-collapse:collapse;width:100%}td,th{border:1px solid #ccc;padding:.3rem .6rem;text-align:left}
code{background:#f2f2f2;padding:0 .2rem;overflow-wrap:anywhere}.error{color:#a00000;font-weight:600}
.warn{color:#7a4a00;font-weight:600}@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}
code{background:#2a2a2a}.error{color:#ff8a8a}.warn{color:#ffc56e}}"""


def markdown(audit: Audit, api: str, today: date) -> str:
    """The report of one API as Markdown."""
    return "\n".join(_lines(audit, api, today)) + "\n"


def _lines(audit: Audit, api: str, today: date) -> Iterator[str]:
    found = [one for one in audit.findings if one.api == api]
    yield f"# Security audit of {api}\n"
    yield f"OWASP API Security Top 10 (2023), on the contract and on what gateways do; {today.isoformat()}.\n"
    yield "| version | ring | operations | errors | warnings | notes | waived |"
    yield "|---|---|---|---|---|---|---|"
    for name, version, ring, operations in audit.looked_at:
        if name == api:
            mine = [one for one in found if (one.version, one.ring) == (version, ring)]
            counts = " | ".join(map(str, _counts(mine)))
            yield f"| {version} | {ring.label} | {operations} | {counts} |"
    for category, title in CATEGORIES.items():
        yield f"\n## {category}:2023 {title}\n"
        of = [one for one in found if one.category == category]
        yield from (map(_line, of) if of else [_nothing(category)])


def _counts(found: Sequence[AuditFinding]) -> tuple[int, int, int, int]:
    """Errors, warnings, the rest; waived."""
    levels = [one.level for one in found if one.waived is None]
    return (
        sum(level == 0 for level in levels),
        sum(level == 1 for level in levels),
        sum(level > 1 for level in levels),
        len(found) - len(levels),
    )


def _nothing(category: str) -> str:
    asked = "; ".join(rule.what for rule in RULES if rule.category == category)
    return f"Nothing found. Asked: {asked}"


def _line(one: AuditFinding) -> str:
    about = f" `{_plain(one.operation)}`" if one.operation else ""
    told = f"- **{one.level.label}** {one.ring.label} {one.version}{about}: {_text(one.message)}"
    place = f"(`{_plain(str(one.location))}`, {one.code})"
    after = f"Waived {_text(one.waived)}" if one.waived is not None else one.fix
    return f"{told} {place}. {after}"


def _plain(text: str) -> str:
    return text.replace("`", "'").replace("\n", " ")


def _text(text: str) -> str:
    """Words of the estate, which are nobody's markup."""
    for sign in "\\`*_[]<>|":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", " ")


def html(audit: Audit, api: str, today: date) -> str:
    """The same as a page of its own: no script, nothing is loaded."""
    found = [one for one in audit.findings if one.api == api]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Security audit of {escape(api)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style><main>'
        f"<h1>Security audit of {escape(api)}</h1><p>OWASP API Security Top 10 (2023), on the contract and on what "
        f"gateways do; {today.isoformat()}.</p>{_table(audit, api, found)}{''.join(_sections(found))}</main></html>\n"
    )


def _table(audit: Audit, api: str, found: Sequence[AuditFinding]) -> str:
    head = "".join(
        f'<th scope="col">{name}'
        for name in ("version", "ring", "operations", "errors", "warnings", "notes", "waived")
    )
    rows = []
    for name, version, ring, operations in audit.looked_at:
        if name == api:
            mine = [one for one in found if (one.version, one.ring) == (version, ring)]
            cells = (version, ring.label, operations, *_counts(mine))
            rows.append("<tr>" + "".join(f"<td>{escape(str(cell))}" for cell in cells))
    return f"<table><thead><tr>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _sections(found: Sequence[AuditFinding]) -> Iterator[str]:
    for category, title in CATEGORIES.items():
        of = [one for one in found if one.category == category]
        body = f"<ul>{''.join(map(_item, of))}</ul>" if of else f"<p>{escape(_nothing(category))}</p>"
        yield f"<h2>{category}:2023 {escape(title)}</h2>{body}"


def _item(one: AuditFinding) -> str:
    about = f" <code>{escape(one.operation)}</code>" if one.operation else ""
    after = f"Waived {one.waived}" if one.waived is not None else one.fix
    return (
        f'<li><span class="{one.level.label}">{one.level.label}</span> {one.ring.label} {escape(one.version)}{about}: '
        f"{escape(one.message)} (<code>{escape(str(one.location))}</code>, {one.code}). {escape(after)}"
    )
