"""The command line: arguments → one call → text or --json → exit code."""
