"""What the system and fault tests share."""
