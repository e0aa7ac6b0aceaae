"""Everything a control plane keeps, as one encrypted file, and that file as a state again."""

from ringwork.control.backup.creating import Backups, Written
from ringwork.control.backup.recipients import new_identity, read_identities, read_recipients
from ringwork.control.backup.restoring import Restored, restore

__all__ = ["Backups", "Restored", "Written", "new_identity", "read_identities", "read_recipients", "restore"]
