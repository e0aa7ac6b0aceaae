//! What the process takes of the machine, under the names every Prometheus exporter uses.

use std::fs;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

pub struct Process {
    pub cpu_seconds: f64,
    pub resident_bytes: u64,
    pub open_files: u64,
}

/// `None`: the system does not tell.
pub fn look() -> Option<Process> {
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let us = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Some(Process {
        cpu_seconds: us as f64 / 1e6,
        resident_bytes: resident_bytes()?,
        open_files: fs::read_dir("/proc/self/fd").ok()?.count() as u64,
    })
}

/// proc_pid_status(5): kibibytes, whatever the unit is called.
fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}
