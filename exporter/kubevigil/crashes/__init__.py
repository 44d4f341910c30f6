"""What a container said before it died: its log captured, proven, redacted; and why it died, in words."""
