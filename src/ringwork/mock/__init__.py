"""Answers made from a contract alone: a service that does not exist yet. Knows OpenAPI documents and nothing else."""
