"""The API for programs, below `/api`."""
