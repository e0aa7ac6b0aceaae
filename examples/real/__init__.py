"""Other people's contracts, unmodified, behind three rings: labelled by overlays, answered by their own examples."""
