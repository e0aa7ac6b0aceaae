"""What the callers of each ring can read: pages and documents of the live revision, a site for each ring."""
