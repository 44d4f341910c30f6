"""What Elasticsearch or OpenSearch needs to be told once: how crash documents are indexed, and for how long."""
