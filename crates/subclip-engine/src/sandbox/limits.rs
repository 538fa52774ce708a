//! What the program may use up, and what it is besides its files and calls: limits, niceness,
//! capabilities, and its tie to the parent.

use rlimit::Resource;
use rustix::process::{Pid, Signal};
use rustix::thread::{CapabilitySet, CapabilitySets};

use super::{Error, Order};

const OPEN_FILES: u64 = 128;
/// After the processor limit's polite signal, how long until the one that can't be caught.
const CPU_GRACE_SECONDS: u64 = 5;

/// Lets the kernel kill the program when its parent dies, also by `kill -9`.
pub(super) fn die_with_parent(parent: Option<u32>) -> Result<(), Error> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| Error::unenforceable("death with the parent", error))?;
    // The parent may have died before the signal was asked for; then it will never come.
    let now = Pid::as_raw(rustix::process::getppid()).cast_unsigned();
    match parent {
        Some(expected) if now != expected => Err(Error::Orphaned),
        _ => Ok(()),
    }
}

pub(super) fn lower_priority(nice: i32) -> Result<(), Error> {
    let wrong = || Error::Usage(format!("--nice needs a number from 0 to 19, not {nice}"));
    if !(0..=19).contains(&nice) {
        return Err(wrong());
    }
    rustix::process::nice(nice).map(drop).map_err(|error| Error::unenforceable("a lower priority", error))
}

/// Gives up root's capabilities, if there are any, and the ways to get them back.
pub(super) fn drop_capabilities() -> Result<(), Error> {
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    rustix::thread::set_no_new_privs(true)
        .and_then(|()| rustix::thread::set_capabilities(None, none))
        .map_err(|error| Error::unenforceable("the loss of capabilities", error))
}

pub(super) fn restrict(order: &Order) -> Result<(), Error> {
    set(&bounds(order))?;
    set(&[(Resource::NOFILE, OPEN_FILES, OPEN_FILES), (Resource::AS, order.memory_bytes, order.memory_bytes)])
}

/// The limits of a program that is trusted with files and devices.
pub(super) fn restrict_trusted(order: &Order) -> Result<(), Error> {
    set(&bounds(order))?;
    set(&[(Resource::DATA, order.memory_bytes, order.memory_bytes)])
}

type Bound = (Resource, u64, u64);

fn bounds(order: &Order) -> [Bound; 3] {
    let cpu_hard = order.cpu_seconds.saturating_add(CPU_GRACE_SECONDS);
    [
        (Resource::CORE, 0, 0),
        (Resource::FSIZE, order.file_bytes, order.file_bytes),
        (Resource::CPU, order.cpu_seconds, cpu_hard),
    ]
}

fn set(bounds: &[Bound]) -> Result<(), Error> {
    for &(resource, soft, hard) in bounds {
        // Without capabilities a limit can only go down, and a tighter one from outside is kept.
        let (_, ceiling) = rlimit::getrlimit(resource).map_err(unenforceable)?;
        rlimit::setrlimit(resource, soft.min(ceiling), hard.min(ceiling)).map_err(unenforceable)?;
    }
    Ok(())
}

fn unenforceable(error: std::io::Error) -> Error {
    Error::unenforceable("resource limits", error)
}
