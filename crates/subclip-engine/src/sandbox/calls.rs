//! Which system calls the program may make: a seccomp filter that shuts what decoding never needs.
//!
//! It lists what is denied, not what is allowed: FFmpeg builds and C libraries differ too much for a
//! list of the latter to be right on the next machine.

use std::collections::BTreeMap;
use std::env::consts::ARCH;

use libc::c_long;
use rustix::process::Pid;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

use super::Error;

const WHAT: &str = "system call rules (seccomp)";

/// Shut for any arguments.
const DENIED: &[c_long] = &[
    // Every way to another process or machine that is not standard input, output or error. `socket` of any
    // family: Landlock knows nothing of UDP, and Unix sockets reach the machine's services.
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_recvmsg,
    libc::SYS_recvmmsg,
    libc::SYS_mq_open,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_msgget,
    libc::SYS_semget,
    // Other processes: their memory, files and signals.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kcmp,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_setpriority,
    libc::SYS_setpgid,
    // Memory that the limit on address space does not count.
    libc::SYS_memfd_create,
    SYS_MEMFD_SECRET,
    // Doors into the kernel that have been used to break out.
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_userfaultfd,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_personality,
    // Other views of the file system.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_fanotify_mark,
    libc::SYS_inotify_init1,
    // Changes to files that Landlock does not cover, or not on every kernel.
    libc::SYS_truncate,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    SYS_FCHMODAT2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    libc::SYS_utimensat,
    libc::SYS_mknodat,
];

/// The older forms that only some machines have.
#[cfg(target_arch = "x86_64")]
const DENIED_HERE: &[c_long] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_mknod,
    libc::SYS_inotify_init,
    libc::SYS_kexec_file_load,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
];
#[cfg(not(target_arch = "x86_64"))]
const DENIED_HERE: &[c_long] = &[];

// Newer than the constants of some C libraries; the same numbers on every architecture.
const SYS_MEMFD_SECRET: c_long = 447;
const SYS_FCHMODAT2: c_long = 452;

// C libraries differ in the type of these constants, or lack them.
/// Pushes input into a terminal.
const TIOCSTI: u64 = 0x5412;
/// Have a file tell somebody by a signal that it can be read or written.
const FIOASYNC: u64 = 0x5452;
const FIOSETOWN: u64 = 0x8901;
const SIOCSPGRP: u64 = 0x8902;
const F_SETOWN: u64 = 8;
const F_SETOWN_EX: u64 = 15;
const F_SETSIG: u64 = 10;
/// `ioprio_set` for one thread, not for a group or a user.
const IOPRIO_WHO_PROCESS: u64 = 1;

/// Answered as if the kernel were older, so that the C library falls back to a call whose arguments a
/// filter can read.
const ABSENT: &[c_long] = &[libc::SYS_clone3, libc::SYS_openat2];

/// On x86_64 every call has a second number, of the x32 ABI, and a few calls only a number of their own.
#[cfg(target_arch = "x86_64")]
const X32_BIT: c_long = 0x4000_0000;
/// x32's own `ptrace`, `kexec_load`, `process_vm_readv`, `process_vm_writev`, `rt_sigqueueinfo`,
/// `rt_tgsigqueueinfo`, `sendmsg`, `recvmsg`, `sendmmsg`, `recvmmsg`, `ioctl`.
#[cfg(target_arch = "x86_64")]
const X32_OWN: [c_long; 11] = [521, 528, 539, 540, 524, 536, 518, 519, 538, 537, 514];

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Restricts this thread, and what it becomes.
pub(super) fn restrict() -> Result<(), Error> {
    let unenforceable = |error: String| Error::unenforceable(WHAT, error);
    let programs = [
        filter(every_form(always(ABSENT)), libc::ENOSYS).map_err(unenforceable)?,
        filter(every_form(denied().map_err(|error| unenforceable(error.to_string()))?), libc::EPERM)
            .map_err(unenforceable)?,
    ];
    for program in &programs {
        seccompiler::apply_filter(program).map_err(|error| unenforceable(error.to_string()))?;
    }
    Ok(())
}

fn denied() -> Result<Rules, BackendError> {
    use SeccompCmpOp::{Eq, MaskedEq, Ne};
    let mut rules = always(DENIED);
    rules.extend(always(DENIED_HERE));

    // A thread is allowed, a process is not.
    when(&mut rules, libc::SYS_clone, &[(0, MaskedEq(bits(libc::CLONE_THREAD)), 0)])?;
    // Signals to itself are how a program aborts.
    let own_pid = u64::from(Pid::as_raw(Some(rustix::process::getpid())).cast_unsigned());
    when(&mut rules, libc::SYS_kill, &[(0, Ne, own_pid)])?;
    when(&mut rules, libc::SYS_tgkill, &[(0, Ne, own_pid)])?;
    // Limits of other processes; the tie to the parent; emptying a file by opening it for reading.
    when(&mut rules, libc::SYS_prlimit64, &[(0, Ne, 0)])?;
    when(&mut rules, libc::SYS_prctl, &[(0, Eq, bits(libc::PR_SET_PDEATHSIG))])?;
    let emptying = MaskedEq(bits(libc::O_TRUNC | libc::O_ACCMODE));
    let emptied = bits(libc::O_TRUNC | libc::O_RDONLY);
    when(&mut rules, libc::SYS_openat, &[(2, emptying.clone(), emptied)])?;
    #[cfg(target_arch = "x86_64")]
    when(&mut rules, libc::SYS_open, &[(1, emptying, emptied)])?;
    other_processes(&mut rules, own_pid)?;
    signals_by_file(&mut rules)?;
    // Pushing input into a terminal that the server was started from.
    when(&mut rules, libc::SYS_ioctl, &[(1, Eq, TIOCSTI)])?;
    Ok(rules)
}

/// Which processors others run on, and before whom. 0 is who calls; other threads of its own go by numbers that a filter
/// can't tell from those of strangers, and no decoder needs them.
fn other_processes(rules: &mut Rules, own_pid: u64) -> Result<(), BackendError> {
    use SeccompCmpOp::Ne;
    for call in [
        libc::SYS_sched_setaffinity,
        libc::SYS_sched_setscheduler,
        libc::SYS_sched_setparam,
        libc::SYS_sched_setattr,
    ] {
        when(rules, call, &[(0, Ne, 0), (0, Ne, own_pid)])?;
    }
    // Of groups and users the server is one.
    when(rules, libc::SYS_ioprio_set, &[(0, Ne, IOPRIO_WHO_PROCESS)])?;
    when(rules, libc::SYS_ioprio_set, &[(1, Ne, 0), (1, Ne, own_pid)])
}

/// Signals that the kernel sends, of any kind and to any process, when something can be read from a file; a terminal
/// picks whom to send them to by itself.
fn signals_by_file(rules: &mut Rules) -> Result<(), BackendError> {
    use SeccompCmpOp::{Eq, MaskedEq};
    for command in [F_SETOWN, F_SETOWN_EX, F_SETSIG] {
        when(rules, libc::SYS_fcntl, &[(1, Eq, command)])?;
    }
    let asynchronous = bits(libc::O_ASYNC);
    let flags = [(1, Eq, bits(libc::F_SETFL)), (2, MaskedEq(asynchronous), asynchronous)];
    when(rules, libc::SYS_fcntl, &flags)?;
    for request in [FIOASYNC, FIOSETOWN, SIOCSPGRP] {
        when(rules, libc::SYS_ioctl, &[(1, Eq, request)])?;
    }
    Ok(())
}

/// Shuts a call where all of these hold: an argument, how it is compared, and with what. All arguments in question have
/// 32 bits, or no meaning beyond them.
fn when(rules: &mut Rules, call: c_long, conditions: &[(u8, SeccompCmpOp, u64)]) -> Result<(), BackendError> {
    let condition = |(argument, comparison, value): &(u8, SeccompCmpOp, u64)| {
        SeccompCondition::new(*argument, SeccompCmpArgLen::Dword, comparison.clone(), *value)
    };
    let conditions = conditions.iter().map(condition).collect::<Result<_, _>>()?;
    rules.entry(call).or_default().push(SeccompRule::new(conditions)?);
    Ok(())
}

fn always(calls: &[c_long]) -> Rules {
    calls.iter().map(|call| (*call, Vec::new())).collect()
}

fn bits(flags: i32) -> u64 {
    u64::from(flags.cast_unsigned())
}

#[cfg(target_arch = "x86_64")]
fn every_form(rules: Rules) -> Rules {
    let x32 = rules.iter().map(|(call, rules)| (call | X32_BIT, rules.clone())).collect::<Vec<_>>();
    let own = X32_OWN.iter().map(|call| (call | X32_BIT, Vec::new()));
    rules.into_iter().chain(x32).chain(own).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn every_form(rules: Rules) -> Rules {
    rules
}

fn filter(rules: Rules, errno: i32) -> Result<BpfProgram, String> {
    let architecture = TargetArch::try_from(ARCH).map_err(|error| error.to_string())?;
    let answer = SeccompAction::Errno(errno.cast_unsigned());
    SeccompFilter::new(rules, SeccompAction::Allow, answer, architecture)
        .and_then(BpfProgram::try_from)
        .map_err(|error| error.to_string())
}
