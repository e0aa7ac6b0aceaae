"""One file a migration, named by its number. What was released is not changed any more."""
