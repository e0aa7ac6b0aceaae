"""The command line: commands are thin, they print findings and events and decide nothing."""
