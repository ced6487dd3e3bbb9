//! What a transcoding process may use and do. It decodes what strangers sent: should a decoder be taken over, it can reach no
//! network, start no program, and use no more than its share of the machine.

use std::collections::BTreeMap;
use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};
use seccompiler::{BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule};

/// Open files; a ladder needs a handful.
const MOST_FILES: u64 = 256;
/// Bytes of one written file; segments have some hundred kilobytes, a download of four hours 600 megabytes.
const LARGEST_FILE: u64 = 1 << 30;
/// The bit that marks the calls of the x32 ABI, which do the same under other numbers.
#[cfg(target_arch = "x86_64")]
const X32: i64 = 0x4000_0000;

/// Calls that no decoder makes. Sockets, and the ring that opens sockets without calling `socket`; programs; other processes; the
/// machine's configuration.
const REFUSED: &[i64] = &[
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_io_uring_setup,
    libc::SYS_execve,
    libc::SYS_execveat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_fork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
    libc::SYS_kill,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_by_handle_at,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
];

/// What one process may use; none is unlimited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResourceLimits {
    /// Memory it may address, in bytes.
    pub memory_bytes: Option<u64>,
    /// Processor time, in seconds.
    pub cpu_secs: Option<u64>,
}

/// Limits memory, processor time and files of this process. No core is dumped: it would hold what somebody uploaded.
pub fn limit_resources(limits: ResourceLimits) -> io::Result<()> {
    let limits = [
        (Resource::Core, Some(0)),
        (Resource::Nofile, Some(MOST_FILES)),
        (Resource::Fsize, Some(LARGEST_FILE)),
        (Resource::As, limits.memory_bytes),
        (Resource::Cpu, limits.cpu_secs),
    ];
    for (resource, most) in limits.into_iter().filter(|(_, most)| most.is_some()) {
        // At the hard limit of processor time the kernel kills without saying why.
        let maximum = if resource == Resource::Cpu { most.map(|most| most + 5) } else { most };
        setrlimit(resource, Rlimit { current: most, maximum })?;
    }
    Ok(())
}

/// Limits this thread, and all that it starts from now on, to `threads` of the processors that it may use. Which ones depends on the
/// process: several at a time do not all take the same.
pub fn limit_threads(threads: usize) -> io::Result<()> {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let allowed = sched_getaffinity(None)?;
    let mut usable: Vec<_> = (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu)).collect();
    let process = usize::try_from(std::process::id()).unwrap_or(0);
    let first = process.checked_rem(usable.len()).unwrap_or(0);
    usable.rotate_left(first);
    let mut kept = CpuSet::new();
    for cpu in usable.into_iter().take(threads.max(1)) {
        kept.set(cpu);
    }
    sched_setaffinity(None, &kept)?;
    Ok(())
}

/// Takes from this process, for good, what a decoder never needs: the network, starting processes (a limit of the number of
/// processes would count those of the same user elsewhere), looking into other processes. Such calls fail with `EPERM`.
/// GStreamer must have been started: it looks for its plugins with a helper program.
pub fn confine() -> Result<(), seccompiler::Error> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    // A new thread is a clone that shares everything; without that flag it is a new process.
    let no_thread = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(u64::from(libc::CLONE_THREAD.unsigned_abs())), 0)?;
    rules.insert(libc::SYS_clone, vec![SeccompRule::new(vec![no_thread])?]);
    #[cfg(target_arch = "x86_64")]
    for (call, rule) in rules.clone() {
        rules.insert(call | X32, rule);
    }
    refuse(rules, libc::EPERM)?;
    // Its flags lie in memory, where a filter cannot look. The C library takes this answer for an old kernel and uses `clone`.
    refuse(BTreeMap::from([(libc::SYS_clone3, Vec::new())]), libc::ENOSYS)
}

fn refuse(rules: BTreeMap<i64, Vec<SeccompRule>>, errno: i32) -> Result<(), seccompiler::Error> {
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(errno.unsigned_abs()), std::env::consts::ARCH.try_into()?)?;
    let program: BpfProgram = filter.try_into()?;
    seccompiler::apply_filter_all_threads(&program)
}
