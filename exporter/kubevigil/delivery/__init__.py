"""Crashes on their way to Elasticsearch or OpenSearch: documents, bulk requests, and the accounting of each answer."""
