//! One request's way to a service: its place there, the endpoints it tried, whether it may try another.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use pingora::upstreams::peer::HttpPeer;
use pingora::{Error, ErrorType, Result};
use tokio::sync::OwnedSemaphorePermit;

use super::endpoint::Busy;
use super::peer::peer;
use super::pool::Pool;

/// Kinds of errors of our own on Pingora's way.
pub const OVERLOADED: ErrorType = ErrorType::Custom("upstream overloaded");
pub const NO_CREDENTIAL: ErrorType = ErrorType::Custom("no value for a secret");
pub const RETRIED_STATUS: ErrorType = ErrorType::Custom("status to be retried");

/// Several endpoints and nothing said: one more attempt.
const ATTEMPTS_AMONG_SEVERAL: u8 = 1;

pub struct Attempts {
    pool: Arc<Pool>,
    _place: Option<OwnedSemaphorePermit>,
    tried: Vec<SocketAddr>,
    current: Option<Busy>,
    left: u8,
}

impl Attempts {
    /// Waits for a place where the service has a limit.
    pub async fn begin(pool: Arc<Pool>) -> Result<Attempts> {
        let place = match &pool.breaker {
            Some(breaker) => Some(
                breaker
                    .enter()
                    .await
                    .map_err(|_| Error::new_up(OVERLOADED))?,
            ),
            None => None,
        };
        pool.budget.request();
        let left = match &pool.upstream().retries {
            Some(rule) => rule.attempts,
            None if pool.upstream().endpoints.len() > 1 => ATTEMPTS_AMONG_SEVERAL,
            None => 0,
        };
        Ok(Attempts {
            pool,
            _place: place,
            tried: Vec::new(),
            current: None,
            left,
        })
    }

    /// The next endpoint; one that was not tried, while there is one. `key`: what hashing goes by.
    pub async fn next(&mut self, key: &[u8], since: Instant) -> Result<Box<HttpPeer>> {
        self.current = None;
        let mut chosen = self.pool.choose(key, &self.tried).await;
        if chosen.is_none() {
            self.tried.clear();
            chosen = self.pool.choose(key, &self.tried).await;
        }
        let endpoint = chosen.ok_or_else(|| Error::new_up(ErrorType::ConnectNoRoute))?;
        let mut peer = peer(self.pool.upstream(), endpoint.address, since)?;
        if !self.pool.identify(&mut peer) {
            return Err(Error::new_up(NO_CREDENTIAL));
        }
        self.tried.push(endpoint.address);
        self.current = Some(endpoint.enter());
        Ok(peer)
    }

    /// The endpoint could not be reached, or broke off.
    pub fn failed(&self) {
        if let Some(busy) = &self.current {
            self.pool.failed(busy.endpoint());
        }
    }

    /// The endpoint answered. 5xx is a failure of its own (RFC 9110 §15.6).
    pub fn answered(&self, status: u16) {
        let Some(busy) = &self.current else { return };
        match status {
            500..=599 => self.pool.failed(busy.endpoint()),
            _ => self.pool.succeeded(busy.endpoint()),
        }
    }

    pub fn retries_status(&self, status: u16) -> bool {
        let rule = self.pool.upstream().retries.as_ref();
        rule.is_some_and(|rule| rule.statuses.contains(&status))
    }

    /// Takes one more attempt, if there is one and the service's budget has it.
    pub fn take_another(&mut self) -> bool {
        if self.left == 0 || !self.pool.budget.spend() {
            return false;
        }
        self.left -= 1;
        true
    }
}
