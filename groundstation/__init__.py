"""The service at the ranger station."""
