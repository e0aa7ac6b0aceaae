"""The way to the service is encrypted."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject
from ringwork.governance.audit.words import is_own_machine
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    upstream = subject.version.upstream
    hosts = [one.host for one in upstream.endpoints] or [upstream.host]
    if not upstream.tls and not upstream.is_mock and not all(map(is_own_machine, hosts)):
        yield Found("requests reach the service in plain text", upstream.declared_at)


RULE = Rule(
    code="audit-plain-upstream",
    category="API8",
    what="The service behind an API is reached over TLS, or on the gateway's own machine.",
    why=(
        "Credentials are checked at the gateway; what it sends on is read and changed by whoever is between."
    ),
    fix="Write https:// in upstream, with tls.ca where the service's certificate is of your own CA.",
    levels={Audience.INTERNAL: Level.INFO, Audience.PARTNER: Level.WARN, Audience.PUBLIC: Level.WARN},
    check=check,
)
