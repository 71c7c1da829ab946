"""Faults at every system call of a run: kills, full disks, I/O errors; code wrong on purpose."""
