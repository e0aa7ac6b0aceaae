//! What every ring's gate reads at every request, and what only the loader and the upkeep write.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use wall::{IdentityStore, Limits, Wall};

use crate::cache::Responses;
use crate::standing::Standing;

pub struct Live {
    wall: ArcSwapOption<Wall>,
    pub identities: IdentityStore,
    /// One for the life of the process: a new revision does not give anyone a new allowance.
    pub limits: Limits,
    pub responses: &'static Responses,
    pub standing: Arc<Standing>,
}

impl Live {
    pub fn new(identities: IdentityStore, limits: Limits) -> Live {
        Live {
            wall: ArcSwapOption::empty(),
            identities,
            limits,
            responses: Responses::for_the_process(),
            standing: Arc::default(),
        }
    }

    /// The revision in force; a request keeps the one it began with.
    pub fn wall(&self) -> Option<Arc<Wall>> {
        self.wall.load_full()
    }

    /// Ends calls under way that would not be let pass any more.
    pub fn judge_again(&self) {
        if let Some(wall) = self.wall() {
            self.standing.judge(&wall, &self.identities, &self.limits);
        }
    }

    pub fn replace(&self, wall: Arc<Wall>) {
        self.responses.bound(wall.manifest().cache.max_bytes);
        self.wall.store(Some(wall));
    }
}
