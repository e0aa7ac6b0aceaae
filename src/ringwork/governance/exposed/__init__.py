"""What partner and public can send and read, field by field: listed, held to `exposure.lock`, compared."""
