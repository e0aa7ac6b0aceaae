"""Who is measured: each contender speaks plain HTTP/1.1 on one core and forwards to the same service."""
