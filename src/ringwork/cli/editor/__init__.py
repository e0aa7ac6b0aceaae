"""`ringwork lsp`: what editors show while one writes."""
