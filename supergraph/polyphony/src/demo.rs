//! Accounts that the command line makes: the demo account of a fresh data folder, and the first admin of an installation.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use kernel::Role;
use platform::Platform;

const USERNAME: &str = "demo";
const EMAIL: &str = "demo@polyphony.invalid";
const PASSWORD_FILE: &str = "demo-password";
/// Enough for nobody to guess, short enough to type.
const PASSWORD_LENGTH: usize = 16;

/// A username and its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name to sign in with.
    pub username: String,
    /// The password.
    pub password: String,
}

/// Makes the demo account when this data folder has none. Its password is random and kept in the folder, readable by the
/// owner only.
pub async fn ensure_demo_account(platform: &Platform, users: &users::Started) -> anyhow::Result<Credentials> {
    let file = platform.config.data.join(PASSWORD_FILE);
    let password = match std::fs::read_to_string(&file) {
        Ok(password) => password,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // Letters and digits alone: it is typed, and pasted into shells.
            let secret = kernel::randomness::secret(&*platform.randomness);
            let password: String = secret.chars().filter(char::is_ascii_alphanumeric).take(PASSWORD_LENGTH).collect();
            let mut made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file)?;
            made.write_all(password.as_bytes())?;
            password
        }
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", file.display())),
    };
    users.accounts.ensure(USERNAME, EMAIL, &password, Role::Artist).await?;
    Ok(Credentials { username: USERNAME.into(), password })
}

/// The demo account of the data folder `data`.
pub fn credentials(data: &Path) -> anyhow::Result<Credentials> {
    let password = std::fs::read_to_string(data.join(PASSWORD_FILE))
        .context("this data folder has no demo account (is `polyphony up` running on it?); name an account with --username and --password")?;
    Ok(Credentials { username: USERNAME.into(), password })
}

/// Makes the account when there is none of that name, and gives it `role`.
pub async fn grant(platform: &Platform, username: &str, email: &str, password: &str, role: Role) -> anyhow::Result<()> {
    users::start(platform).await?.accounts.ensure(username, email, password, role).await?;
    Ok(())
}
