"""A change judged by the rings it touches: what it breaks, and the gates it has to pass before it goes live."""
