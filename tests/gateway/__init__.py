"""The real gateway binary, real requests, raw sockets."""
