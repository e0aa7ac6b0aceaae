"""Where people log in: a few small pages without scripts, and what commands ask for meanwhile (RFC 8252, RFC 8628).

Whoever comes here has no credential yet, so everything is limited, and what a form changes needs more than a cookie.
"""
