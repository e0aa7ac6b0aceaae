"""Intent → bytes. Pure and deterministic: equal intent, equal bytes; one module per concern.

The shapes written here are the serde types of `crates/wall/src/manifest.rs` and `bundle.rs`.
"""

from ringwork.bundle.compile.compiler import Compiled, compile_intent
from ringwork.bundle.compile.material import FORMAT, Material, ServiceTokenTrust
from ringwork.bundle.compile.memo import Memo

__all__ = ["FORMAT", "Compiled", "Material", "Memo", "ServiceTokenTrust", "compile_intent"]
