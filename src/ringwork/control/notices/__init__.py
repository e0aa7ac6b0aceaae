"""What somebody elsewhere is told of what was done here: on record with the deed, and told until it is heard."""
