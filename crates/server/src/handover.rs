//! Upgrades without a refused connection: a running gateway hands its listening sockets to its successor.
//!
//! Both hold the same sockets then, with one queue of connections: whoever accepts first serves. The successor
//! writes `status.json` once it serves; the supervisor then ends the old one, which drains.
//!
//! The socket is in the node directory, which is open to its owner only (mode 0700).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

use crate::node::Node;

/// Listeners of a node; the kernel passes 253 at most in one message.
const MAX_SOCKETS: usize = 64;
const MAX_NAMES_BYTES: usize = 16 * 1024;
/// Neither side waits longer for the other.
const PATIENCE: Duration = Duration::from_secs(5);

/// Address as the manifest writes it, and the socket that listens there.
pub type Sockets = BTreeMap<String, TcpListener>;

/// Who took over the sockets: it writes status and counters from then on, for as long as it lives.
#[derive(Clone, Default)]
pub struct Successor(Arc<AtomicU32>);

impl Successor {
    pub fn is_alive(&self) -> bool {
        let pid = self.0.load(Ordering::Acquire);
        pid != 0 && Path::new(&format!("/proc/{pid}")).exists()
    }
}

/// Gives the sockets to whoever asks, for the life of the process. `before`: what a successor wants to find on
/// disk. A gateway that cannot be upgraded serves all the same.
pub fn offer(
    node: &Node,
    sockets: Sockets,
    successor: Successor,
    before: impl Fn() + Send + 'static,
) {
    let listener = match listen(&node.handover()) {
        Ok(listener) => listener,
        Err(error) => {
            log::error!(
                "{}: {error}; upgrades will cut connections",
                node.handover().display()
            );
            return;
        }
    };
    thread::spawn(move || {
        for asking in listener.incoming().flatten() {
            before();
            match give(asking, &sockets) {
                Ok(pid) => {
                    log::info!("process {pid} took over the listening sockets");
                    successor.0.store(pid, Ordering::Release);
                }
                Err(error) => log::error!("handing over the listening sockets: {error}"),
            }
        }
    });
}

/// The sockets of the gateway that runs on this node; none when none does, or it does not answer.
pub fn take(node: &Node) -> Sockets {
    match ask(&node.handover()) {
        Ok(sockets) => sockets,
        Err(error) => {
            log::warn!("no listening sockets to take over: {error}");
            Sockets::new()
        }
    }
}

fn listen(path: &Path) -> io::Result<UnixListener> {
    let (_folder, short) = shortened(path)?;
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => UnixListener::bind(short),
    }
}

/// Names of Unix sockets are 107 bytes at most, paths of node directories are not. Valid while the file is open.
fn shortened(path: &Path) -> io::Result<(File, PathBuf)> {
    let folder = File::open(path.parent().unwrap_or(Path::new(".")))?;
    let name = path.file_name().unwrap_or_default();
    let short = Path::new("/proc/self/fd")
        .join(folder.as_raw_fd().to_string())
        .join(name);
    Ok((folder, short))
}

fn give(mut asking: UnixStream, sockets: &Sockets) -> io::Result<u32> {
    asking.set_read_timeout(Some(PATIENCE))?;
    asking.set_write_timeout(Some(PATIENCE))?;
    let mut pid = [0; 4];
    asking.read_exact(&mut pid)?;
    let names: Vec<_> = sockets.keys().map(String::as_str).collect();
    let fds: Vec<BorrowedFd<'_>> = sockets.values().map(AsFd::as_fd).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_SOCKETS))];
    let mut rights = SendAncillaryBuffer::new(&mut space);
    if !rights.push(SendAncillaryMessage::ScmRights(&fds)) {
        return Err(io::Error::other("more listeners than can be passed"));
    }
    let names = names.join("\n");
    sendmsg(
        &asking,
        &[IoSlice::new(names.as_bytes())],
        &mut rights,
        SendFlags::empty(),
    )?;
    Ok(u32::from_le_bytes(pid))
}

fn ask(path: &Path) -> io::Result<Sockets> {
    let (_folder, short) = shortened(path)?;
    let mut answering = UnixStream::connect(short)?;
    answering.set_read_timeout(Some(PATIENCE))?;
    answering.write_all(&std::process::id().to_le_bytes())?;
    let mut names = vec![0; MAX_NAMES_BYTES];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_SOCKETS))];
    let mut rights = RecvAncillaryBuffer::new(&mut space);
    let received = recvmsg(
        &answering,
        &mut [IoSliceMut::new(&mut names)],
        &mut rights,
        RecvFlags::CMSG_CLOEXEC,
    )?;
    let fds: Vec<OwnedFd> = rights
        .drain()
        .filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(fds) => Some(fds),
            _ => None,
        })
        .flatten()
        .collect();
    let names = String::from_utf8_lossy(&names[..received.bytes]);
    let names: Vec<_> = names.lines().map(str::to_owned).collect();
    if names.len() != fds.len() {
        return Err(io::Error::other("names and sockets do not match"));
    }
    Ok(names
        .into_iter()
        .zip(fds.into_iter().map(TcpListener::from))
        .collect())
}
