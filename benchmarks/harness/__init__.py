"""What every scenario shares: processes on their cores, load, rounds, results."""
