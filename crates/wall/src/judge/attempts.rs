//! Whoever guesses credentials waits: the address, before anything it brings is looked at, and whatever it asks
//! for. A wait says nothing about what is there, and nothing about the credential that came with it.

use super::answers::Refused;
use super::{Judgement, NANOS_PER_SECOND};
use crate::problem::Code;
use crate::trace::Trace;

impl<T: Trace> Judgement<'_, '_, T> {
    pub(super) fn may_try(&self) -> Result<(), Refused> {
        match self.seconds_to_wait().filter(|_| !self.again) {
            None => Ok(()),
            Some(seconds) => Err(Refused::new(
                Code::RateLimited,
                format!("too many wrong credentials from this address: {seconds} s to wait"),
            )),
        }
    }

    /// Wrong credentials count; none at all are no attempt, nor is a token that has ended, which clients use until they
    /// are told so, or one of a key that is on its way.
    pub(super) fn note_attempt(&self, refused: &Refused) {
        if refused.code == Code::CredentialsInvalid && refused.is_guess && !self.again {
            let (address, now) = (self.arrival.client_address, self.arrival.now_unix_ns);
            let per_minute = self.wall.failed_authentications_per_minute;
            let attempts = &self.limits.attempts;
            attempts.failed(self.wall.ring, address, per_minute, now);
        }
    }

    pub(super) fn seconds_to_wait(&self) -> Option<u64> {
        let (address, now) = (self.arrival.client_address, self.arrival.now_unix_ns);
        let per_minute = self.wall.failed_authentications_per_minute;
        let attempts = &self.limits.attempts;
        let wait = attempts.wait_ns(self.wall.ring, address, per_minute, now);
        wait.map(|nanoseconds| nanoseconds.div_ceil(NANOS_PER_SECOND))
    }
}
