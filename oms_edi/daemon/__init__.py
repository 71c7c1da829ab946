"""The process: single instance, signals, schedule, watcher, and what systemd is told."""
