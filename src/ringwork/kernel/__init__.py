"""What every room may use: findings, locations, canonical JSON, clock. Standard library only."""
