//! What every ring's gate reads at every request, and what only the loader and the upkeep write.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use wall::{IdentityStore, Limits, Wall};

use crate::cache::Responses;
use crate::issuers::IssuerKeys;
use crate::standing::Standing;

pub struct Live {
    wall: ArcSwapOption<Wall>,
    pub identities: IdentityStore,
    /// One for the life of the process: a new revision does not give anyone a new allowance.
    pub limits: Limits,
    pub responses: &'static Responses,
    pub standing: Arc<Standing>,
    issuer_keys: IssuerKeys,
}

impl Live {
    pub fn new(identities: IdentityStore, limits: Limits, issuer_keys: IssuerKeys) -> Live {
        Live {
            wall: ArcSwapOption::empty(),
            identities,
            limits,
            responses: Responses::for_the_process(),
            standing: Arc::default(),
            issuer_keys,
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
        wall.take_keys(&self.issuer_keys.sets());
        self.wall.store(Some(wall));
    }

    /// Looks whether keys of outside issuers were rotated or withdrawn. For the thread that replaces revisions.
    pub fn refresh_issuer_keys(&self) {
        if self.issuer_keys.refresh() {
            if let Some(wall) = self.wall() {
                wall.take_keys(&self.issuer_keys.sets());
            }
            self.judge_again();
        }
    }
}
