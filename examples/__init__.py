"""Things to run and to learn from: `acme` (an estate with real services) and `real` (other people's contracts)."""
