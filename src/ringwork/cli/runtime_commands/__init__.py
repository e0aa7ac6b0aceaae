"""Commands about what runs, one module per noun."""
