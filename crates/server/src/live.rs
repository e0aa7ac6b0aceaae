//! What every ring's gate reads at every request, and what only the loader and the upkeep write.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use wall::{IdentityStore, Limits, Wall};

use crate::cache::Responses;

pub struct Live {
    wall: ArcSwapOption<Wall>,
    pub identities: IdentityStore,
    /// One for the life of the process: a new revision does not give anyone a new allowance.
    pub limits: Limits,
    pub responses: &'static Responses,
}

impl Live {
    pub fn new(identities: IdentityStore, limits: Limits) -> Live {
        Live {
            wall: ArcSwapOption::empty(),
            identities,
            limits,
            responses: Responses::for_the_process(),
        }
    }

    /// The revision in force; a request keeps the one it began with.
    pub fn wall(&self) -> Option<Arc<Wall>> {
        self.wall.load_full()
    }

    pub fn replace(&self, wall: Arc<Wall>) {
        self.responses.bound(wall.manifest().cache.max_bytes);
        self.wall.store(Some(wall));
    }
}
