"""Consumers outside as the trade has them: account → application → credential. Knows no people who operate."""
