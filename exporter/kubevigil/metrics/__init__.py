"""What a scrape reads: rows rendered when something happens, kept in blocks, handed out by one reference."""
