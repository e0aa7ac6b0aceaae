"""What the demos and the tour share: sockets, child processes, Ringwork's command line, credentials, telling."""
