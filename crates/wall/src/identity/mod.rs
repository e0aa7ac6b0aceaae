mod store;
pub use store::IdentityStore;
