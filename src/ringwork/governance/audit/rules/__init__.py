"""Every question of the audit; one file each, in the order of the Top 10."""

from ringwork.governance.audit.model import Rule
from ringwork.governance.audit.rules import (
    address_taken,
    administration,
    any_service,
    body_size,
    breaker,
    cors,
    countable_id,
    credential,
    details,
    flow,
    foreign_service,
    guessing,
    limit,
    networks,
    object_owner,
    observing,
    old_operations,
    page_size,
    plain_upstream,
    prototype,
    secret_in_address,
    sensitive_read,
    shared_answers,
    unread_body,
    versions,
    writes,
)

# In the order in which reports tell of them.
RULES: tuple[Rule, ...] = (
    object_owner.RULE,
    countable_id.RULE,
    credential.RULE,
    guessing.RULE,
    secret_in_address.RULE,
    sensitive_read.RULE,
    observing.RULE,
    unread_body.RULE,
    limit.RULE,
    body_size.RULE,
    page_size.RULE,
    breaker.RULE,
    administration.RULE,
    writes.RULE,
    any_service.RULE,
    flow.RULE,
    address_taken.RULE,
    plain_upstream.RULE,
    cors.RULE,
    details.RULE,
    networks.RULE,
    shared_answers.RULE,
    old_operations.RULE,
    versions.RULE,
    prototype.RULE,
    foreign_service.RULE,
)

CODES = frozenset(rule.code for rule in RULES)

# Those that a ring alone answers, the same for every API on it.
RING_RULES: tuple[Rule, ...] = (credential.RULE, guessing.RULE, limit.RULE, details.RULE, networks.RULE)
