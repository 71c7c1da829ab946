"""What is fast, measured against a floor and a peer in the same run; nothing here is a test."""
