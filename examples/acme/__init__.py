"""acme, the demo organisation: an estate, five small services behind it, and the story told with them."""
