"""The data record: who wrote which business record through which API, from the gateways' own word (docs/records.md)."""
