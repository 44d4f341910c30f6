"""The HTTP server: its limits, its answers, and what a client may ask for. Knows no page; `app` hands the routes in."""
