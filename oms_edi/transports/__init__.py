"""How bytes travel: folders on this machine (SFTP comes beside it)."""
