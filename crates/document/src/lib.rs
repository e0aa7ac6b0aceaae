//! OpenAPI documents as an arena with spans.
