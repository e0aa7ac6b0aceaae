"""The mocks of an estate's prototypes: one process beside the gateway, there while an API has `upstream: "mock:"`."""
