//! Scripts of `tests/clients` and `tests/oidc`, run by Node.js with the packages of their lock files.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// A running script. Killed when dropped.
#[derive(Debug)]
pub struct Script {
    name: String,
    child: Child,
    printed: Lines<BufReader<ChildStdout>>,
}

impl Script {
    /// Starts `tests/clients/NAME` with these arguments.
    pub async fn start(name: &str, arguments: &[&str]) -> Self {
        Self::start_in("clients", name, arguments).await
    }

    /// Starts `tests/FOLDER/NAME` with these arguments, by the Node.js that the folder's packages bring along, if they do.
    pub async fn start_in(folder: &'static str, name: &str, arguments: &[&str]) -> Self {
        let folder = tokio::task::spawn_blocking(|| installed(folder)).await.expect("the packages can be installed");
        let own = folder.join("node_modules/node/bin/node");
        let mut command = if own.exists() { Command::new(own) } else { Command::new("node") };
        command.arg(folder.join(name)).args(arguments).current_dir(&folder).kill_on_drop(true);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("node starts");
        let printed = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { name: name.to_owned(), child, printed }
    }

    /// Waits until it prints this line.
    ///
    /// # Panics
    /// When it ends before, or takes too long.
    pub async fn says(&mut self, line: &str) {
        let waiting = async {
            while let Some(printed) = self.printed.next_line().await.expect("it prints text") {
                if printed == line {
                    return true;
                }
            }
            false
        };
        if !tokio::time::timeout(crate::PATIENCE, waiting).await.is_ok_and(|said| said) {
            self.fail(&format!("did not say {line:?}")).await;
        }
    }

    /// Waits until it has ended well.
    ///
    /// # Panics
    /// When it ends otherwise, or takes too long; with what it complained about.
    pub async fn succeeds(mut self) {
        let ending = async {
            while self.printed.next_line().await.expect("it prints text").is_some() {}
            self.child.wait().await.expect("a child can be waited for")
        };
        match tokio::time::timeout(crate::PATIENCE, ending).await {
            Ok(status) if status.success() => {}
            Ok(status) => self.fail(&format!("ended with {status}")).await,
            Err(_) => self.fail("takes too long").await,
        }
    }

    async fn fail(&mut self, how: &str) -> ! {
        let mut complaints = String::new();
        if let Some(mut errors) = self.child.stderr.take() {
            // What it has printed so far can be read to its end then.
            let _ = self.child.kill().await;
            let _ = errors.read_to_string(&mut complaints).await;
        }
        panic!("{} {how}:\n{complaints}", self.name)
    }
}

/// The folder of the scripts, with its packages installed once for a lock file, however many ask at the same time.
fn installed(folder: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let lock_file = folder.join("package-lock.json");
    let copy = folder.join("node_modules/.installed-lock.json");
    let one_at_a_time = File::open(&lock_file).expect("the packages are locked");
    one_at_a_time.lock().expect("a file can be locked");
    let wanted = fs::read(&lock_file).expect("a lock file");
    if fs::read(&copy).is_ok_and(|installed| installed == wanted) {
        return folder;
    }
    let mut npm = std::process::Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder).stdin(Stdio::null());
    let installed = npm.output().expect("npm starts");
    assert!(installed.status.success(), "npm ci: {}", String::from_utf8_lossy(&installed.stderr));
    fs::write(copy, wanted).expect("a file can be written");
    folder
}
