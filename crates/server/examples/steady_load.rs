//! Load at a steady rate, for benchmarks: `steady_load PORT REQUESTS RATE SECONDS`.
//!
//! Requests become due at random times of the given mean rate (a Poisson process), whether or not earlier ones
//! were answered, and how long one took is counted from when it was due: a server that stalls delays everything
//! that would have come meanwhile, and must not be forgiven for it ("coordinated omission"). wrk sends the next
//! request when the last was answered, and waits in whole milliseconds.
//!
//! REQUESTS: one HTTP/1.1 request a line, CR LF written as in C. Prints one JSON object.

use std::collections::VecDeque;
use std::error::Error;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

const CONNECTIONS: usize = 32;
/// Not counted: connections are made, caches filled.
const WARM_UP: Duration = Duration::from_millis(500);
const LARGEST_ANSWER: usize = 64 * 1024;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, requests, rate, seconds] = arguments.as_slice() else {
        return Err("steady_load PORT REQUESTS RATE SECONDS".into());
    };
    // A timer is late by 50 microseconds unless one asks for better.
    rustix::thread::set_current_timer_slack(NonZeroU64::new(1))?;
    let mut load = Load::new(port.parse()?, &std::fs::read_to_string(requests)?)?;
    let taken = load.run(
        rate.parse()?,
        Duration::try_from_secs_f64(seconds.parse()?)?,
    )?;
    print(taken)
}

/// Latencies in nanoseconds.
fn print(mut taken: Vec<u64>) -> Outcome<()> {
    taken.sort_unstable();
    let percentile = |part: f64| taken.get((taken.len() as f64 * part) as usize).copied();
    let (p50, p99) = percentile(0.5)
        .zip(percentile(0.99))
        .ok_or("nothing was answered")?;
    println!(
        r#"{{"requests":{},"p50_us":{},"p99_us":{}}}"#,
        taken.len(),
        p50 / 1_000,
        p99 / 1_000
    );
    Ok(())
}

struct Load {
    connections: Vec<Connection>,
    requests: Vec<Vec<u8>>,
    next_request: usize,
    idle: Vec<usize>,
}

struct Connection {
    stream: TcpStream,
    /// When the request under way was due.
    due: Instant,
    answer: Vec<u8>,
}

impl Load {
    fn new(port: u16, requests: &str) -> Outcome<Load> {
        let connections = (0..CONNECTIONS).map(|_| Connection::open(port));
        Ok(Load {
            connections: connections.collect::<Outcome<_>>()?,
            requests: requests
                .lines()
                .map(|line| line.replace("\\r\\n", "\r\n").into_bytes())
                .collect(),
            next_request: 0,
            idle: (0..CONNECTIONS).collect(),
        })
    }

    /// How long each request took, in nanoseconds from when it was due.
    fn run(&mut self, rate: f64, length: Duration) -> Outcome<Vec<u64>> {
        let begin = Instant::now();
        let counted_from = begin + WARM_UP;
        let mut arrivals = Arrivals::new(begin, rate);
        let mut waiting = VecDeque::new();
        let mut taken = Vec::with_capacity((rate * length.as_secs_f64() * 1.1) as usize);
        loop {
            let now = Instant::now();
            if now > counted_from + length {
                return Ok(taken);
            }
            arrivals.due(now, &mut waiting);
            self.send(&mut waiting)?;
            self.receive(arrivals.next, |due, latency| {
                if due >= counted_from {
                    taken.push(latency.as_nanos() as u64);
                }
            })?;
        }
    }

    fn send(&mut self, waiting: &mut VecDeque<Instant>) -> Outcome<()> {
        while let (Some(&due), Some(&index)) = (waiting.front(), self.idle.last()) {
            let request = &self.requests[self.next_request % self.requests.len()];
            let connection = &mut self.connections[index];
            connection.due = due;
            connection.answer.clear();
            connection.stream.write_all(request)?;
            self.next_request += 1;
            self.idle.pop();
            waiting.pop_front();
        }
        Ok(())
    }

    /// Waits for answers, at the longest until `next`.
    fn receive(
        &mut self,
        next: Instant,
        mut answered: impl FnMut(Instant, Duration),
    ) -> Outcome<()> {
        let mut polled: Vec<_> = self
            .connections
            .iter()
            .map(|connection| PollFd::new(&connection.stream, PollFlags::IN))
            .collect();
        let left = Timespec::try_from(next.saturating_duration_since(Instant::now()))?;
        poll(&mut polled, Some(&left))?;
        let ready: Vec<usize> = (0..polled.len())
            .filter(|&index| !polled[index].revents().is_empty())
            .collect();
        for index in ready {
            let connection = &mut self.connections[index];
            if connection.is_answered()? {
                answered(connection.due, connection.due.elapsed());
                self.idle.push(index);
            }
        }
        Ok(())
    }
}

impl Connection {
    fn open(port: u16) -> Outcome<Connection> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Connection {
            stream,
            due: Instant::now(),
            answer: Vec::with_capacity(LARGEST_ANSWER),
        })
    }

    /// Whether the answer is there in full. An error for any answer but 200.
    fn is_answered(&mut self) -> Outcome<bool> {
        let mut piece = [0; 4096];
        match self.stream.read(&mut piece) {
            Ok(0) => return Err("the connection was closed".into()),
            Ok(length) => self.answer.extend_from_slice(&piece[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        let Some(head) = memchr::memmem::find(&self.answer, b"\r\n\r\n") else {
            return Ok(false);
        };
        let text = std::str::from_utf8(&self.answer[..head])?;
        if !text.starts_with("HTTP/1.1 200 ") {
            return Err(format!("not 200: {}", text.lines().next().unwrap_or("")).into());
        }
        Ok(self.answer.len() >= head + 4 + content_length(text)?)
    }
}

fn content_length(head: &str) -> Outcome<usize> {
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = fields.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let (_, length) = lengths.next().ok_or("an answer without Content-Length")?;
    Ok(length.trim().parse()?)
}

/// When requests are due: exponential gaps, from a generator that is always the same (xorshift64*, Vigna 2016).
struct Arrivals {
    next: Instant,
    mean_gap_s: f64,
    state: u64,
}

impl Arrivals {
    fn new(begin: Instant, rate: f64) -> Arrivals {
        Arrivals {
            next: begin,
            mean_gap_s: 1.0 / rate,
            state: 0x9e37_79b9_7f4a_7c15,
        }
    }

    /// Adds everything that became due until `now`.
    fn due(&mut self, now: Instant, waiting: &mut VecDeque<Instant>) {
        while self.next <= now {
            waiting.push_back(self.next);
            let gap_s = -self.mean_gap_s * self.uniform().ln();
            self.next += Duration::from_secs_f64(gap_s);
        }
    }

    /// In (0, 1].
    fn uniform(&mut self) -> f64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let bits = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11;
        (bits + 1) as f64 / (1_u64 << 53) as f64
    }
}
