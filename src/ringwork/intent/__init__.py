"""What the gateways must do, in the domain's words: frozen, complete, free of files and formats."""
