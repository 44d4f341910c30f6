"""Takes secrets and personal data out of text before anything keeps or shows it. Pure, and linear in time."""
