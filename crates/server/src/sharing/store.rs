//! The shared meters: two scripts on the server, and what they are asked.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, Pipeline, RedisError};
use ring::digest;
use wall::limits::{Granted, Told};
use wall::manifest::Limit;

use super::setting::Setting;

const ASK: &str = include_str!("ask.lua");
const BEAT: &str = include_str!("beat.lua");
/// To connect, with handshakes and login.
const CONNECTING: Duration = Duration::from_millis(500);
/// A server that does not answer for so long is away. Longer than anybody waits: one that only hesitates keeps all of
/// them together.
const SILENCE: Duration = Duration::from_millis(250);
/// Characters of what went wrong.
const LONGEST_PROBLEM: usize = 300;
/// A gateway that was silent for so long is gone.
const SILENT_SECONDS: u32 = 10;

/// A connection on which both scripts are known.
pub struct Store {
    connection: MultiplexedConnection,
    namespace: String,
    gateway: String,
    gateways: u16,
    ask: String,
    beat: String,
}

/// What one caller's meter is asked, and told.
pub struct Asked<'a> {
    pub subject: &'a str,
    /// `None`: not known here, so only the day's count is told.
    pub limit: Option<Limit>,
    pub waiting: u64,
    pub told: &'a Told,
}

/// Who is there.
pub struct Heard {
    pub gateways: u64,
    /// Another one: what was kept is lost.
    pub memory: String,
}

impl Store {
    pub async fn open(setting: &Setting, gateway: &str) -> Result<Store, String> {
        let client = setting.client()?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECTING))
            .set_response_timeout(Some(CONNECTING));
        let opened = async {
            let connecting = client.get_multiplexed_async_connection_with_config(&config);
            let mut connection = connecting.await?;
            let ask = load(&mut connection, ASK).await?;
            let beat = load(&mut connection, BEAT).await?;
            connection.set_response_timeout(SILENCE);
            Ok::<_, RedisError>((connection, ask, beat))
        };
        let opened = tokio::time::timeout(2 * CONNECTING, opened).await;
        let opened = opened.map_err(|_| "no answer in time".to_owned())?;
        let (connection, ask, beat) = opened.map_err(|error| said(&error))?;
        Ok(Store {
            connection,
            namespace: setting.namespace.clone(),
            gateway: gateway.to_owned(),
            gateways: setting.gateways(),
            ask,
            beat,
        })
    }

    /// All in one exchange; an error is of all of them.
    pub async fn ask(&mut self, asked: &[Asked<'_>]) -> Result<Vec<Granted>, String> {
        let mut pipeline = Pipeline::with_capacity(asked.len());
        for one in asked {
            pipeline.add_command(self.asking(one));
        }
        let answers: Vec<(u64, u64, u64, u64)> = self.exchanged(pipeline).await?;
        let granted = |(granted, level_thousandths, day, used_today)| Granted {
            granted,
            level_thousandths,
            day,
            used_today,
        };
        Ok(answers.into_iter().map(granted).collect())
    }

    pub async fn beat(&mut self) -> Result<Heard, String> {
        let mut pipeline = Pipeline::new();
        let fresh = hex::encode(crate::random::random::<16>());
        let mut command = evaluated(&self.beat);
        command
            .arg(2)
            .arg(self.key("gateways"))
            .arg(self.key("memory"))
            .arg(&self.gateway)
            .arg(fresh)
            .arg(SILENT_SECONDS);
        pipeline.add_command(command);
        let answers: Vec<(u64, String)> = self.exchanged(pipeline).await?;
        let first = answers.into_iter().next();
        let (gateways, memory) = first.ok_or("no answer")?;
        Ok(Heard { gateways, memory })
    }

    fn asking(&self, asked: &Asked<'_>) -> Cmd {
        let Asked { limit, told, .. } = asked;
        // One slot of a cluster, so one node has both.
        let caller = format!("{{{}}}", hashed(asked.subject));
        let mut command = evaluated(&self.ask);
        command
            .arg(2)
            .arg(self.key(&format!("{caller}:minute")))
            .arg(self.key(&format!("{caller}:day")))
            .arg(&self.gateway)
            .arg(limit.map_or(0, |limit| limit.per_minute))
            .arg(limit.map_or(0, |limit| limit.burst.max(1)))
            .arg(per_day(*limit))
            .arg(asked.waiting)
            .arg(if asked.waiting > 0 { told.lease } else { 0 })
            .arg(self.gateways.max(1))
            .arg(told.owed_thousandths)
            .arg(told.day)
            .arg(told.used_today)
            .arg(told.heard_thousandths)
            .arg(told.heard_today);
        command
    }

    async fn exchanged<T: redis::FromRedisValue>(
        &mut self,
        pipeline: Pipeline,
    ) -> Result<T, String> {
        let exchange = pipeline.query_async(&mut self.connection);
        let answer = tokio::time::timeout(SILENCE, exchange).await;
        let answer = answer.map_err(|_| "no answer in time".to_owned())?;
        answer.map_err(|error| said(&error))
    }

    fn key(&self, name: &str) -> String {
        format!("ringwork:{}:{name}", self.namespace)
    }
}

async fn load(connection: &mut MultiplexedConnection, script: &str) -> Result<String, RedisError> {
    let mut command = redis::cmd("SCRIPT");
    command.arg("LOAD").arg(script);
    command.query_async(connection).await
}

fn evaluated(script: &str) -> Cmd {
    let mut command = redis::cmd("EVALSHA");
    command.arg(script);
    command
}

fn per_day(limit: Option<Limit>) -> i64 {
    let quota = limit.and_then(|limit| limit.per_day);
    quota.map_or(-1, |quota| i64::try_from(quota).unwrap_or(i64::MAX))
}

/// Who calls is nobody's business there; 128 bits, in hexadecimal.
fn hashed(subject: &str) -> String {
    hex::encode(&digest::digest(&digest::SHA256, subject.as_bytes()).as_ref()[..16])
}

/// On one line; the crate's errors quote no password, and a server's are its own words.
fn said(error: &RedisError) -> String {
    let text = error.to_string();
    let printable = text.chars().filter(|one| !one.is_control());
    printable.take(LONGEST_PROBLEM).collect()
}
