"""Who is measured: each contender terminates TLS 1.3 on one core and forwards to the same service."""
