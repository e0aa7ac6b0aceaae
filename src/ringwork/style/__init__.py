"""Style rules for documents: rulesets as Spectral made them known, evaluated by `crates/lint`."""
