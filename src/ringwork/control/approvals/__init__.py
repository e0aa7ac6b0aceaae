"""What somebody asked for and others decide: one entity, whatever it is about."""
