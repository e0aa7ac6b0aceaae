"""The estate's files: typed, frozen, every value with its file, line and column."""
