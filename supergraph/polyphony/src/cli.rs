//! What `polyphony --help` says, and which code each command ends with.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand, ValueEnum};
use platform::chassis::stop_on_signal;
use platform::{Config, Platform, telemetry};
use url::Url;

use crate::contexts::ServiceName;
use crate::import::{self, ImportOptions};
use crate::schema_check::{self, Sources};
use crate::{contexts, demo, embeddings, events, fingerprints, jobs, schema, serve, up};

/// What clients were promised.
const PUBLISHED: &str = "schema/published/schema.graphql";
/// Bad arguments, by the convention of clap and most tools.
const BAD_USAGE: u8 = 2;

/// A music service behind one GraphQL endpoint.
///
/// Start with `polyphony up`: it runs everything in this process, keeps its data in one folder, and prints where to look.
///
/// Exit codes: 0 done, 1 failed or only partly done (the text says what), 2 wrong arguments or configuration.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub struct Cli {
    /// Configuration file (TOML). `polyphony config` prints every key with its default.
    #[arg(long, global = true, env = "POLYPHONY_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything in this process: gateway, all subgraphs, media worker.
    ///
    /// Needs no server. Stops on Ctrl-C: finishes what is in flight, then exits.
    Up,
    /// Run one service of the installation, at its own address (`services.NAME.listen` of the configuration).
    ///
    /// Services of one installation share the configuration and its `internal_secret`.
    Serve {
        /// Which.
        service: ServiceName,
    },
    /// Bring a folder of music into a running Polyphony: read tags, create artists, albums and tracks, upload, publish.
    ///
    /// Safe to stop and to run again: what is already there is skipped. Exit code 1 when some file was refused.
    Import(Import),
    /// Bring all databases up to date and exit. `up` and `serve` do so by themselves.
    Migrate,
    /// Write the generated schemas: subgraph SDL, event and configuration JSON schemas.
    Schema(SchemaArguments),
    /// Print the configuration, every key with its default and its meaning.
    Config,
    /// Accounts, for operators.
    #[command(subcommand)]
    Account(Account),
    /// Events that a context could not handle.
    #[command(subcommand)]
    Events(Events),
    /// Jobs of the media worker: how the queue is, and what failed for good.
    #[command(subcommand)]
    Jobs(Jobs),
    /// What makes recordings comparable, when its model has changed.
    #[command(subcommand)]
    Embeddings(Embeddings),
    /// What recordings are known again by.
    #[command(subcommand)]
    Fingerprints(Fingerprints),
    /// Decode one file in this process; the media worker starts this in a child of its own.
    #[command(hide = true)]
    Transcode {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<std::ffi::OsString>,
    },
}

impl Command {
    /// What this process is called in traces.
    const fn service(&self) -> &'static str {
        match self {
            Self::Serve { service } => service.as_str(),
            _ => "polyphony",
        }
    }
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
struct SchemaArguments {
    #[command(subcommand)]
    command: Option<SchemaCommand>,
    /// The folder to write to.
    #[arg(long, default_value = "schema", value_name = "FOLDER")]
    output: PathBuf,
}

#[derive(Debug, Subcommand)]
enum SchemaCommand {
    /// Name what a new schema would break for the clients that exist, and which persisted operations it refuses.
    ///
    /// Breaking changes make the exit code 1, unless they are announced; dangerous ones are only named.
    Check {
        /// The new schema: a supergraph or a plain one. Default: the one this program was built with.
        #[arg(long, value_name = "FILE")]
        schema: Option<PathBuf>,
        /// What clients were promised.
        #[arg(long, default_value = PUBLISHED, value_name = "FILE")]
        against: PathBuf,
        /// The persisted operations, as a manifest of Apollo's format 1; left out when there is no such file.
        #[arg(long, default_value = "schema/persisted-operations.json", value_name = "FILE")]
        operations: PathBuf,
        /// Changes that clients know of, a line each as this command names them; left out when there is no such file.
        #[arg(long, default_value = "schema/published/announced-changes.txt", value_name = "FILE")]
        announced: PathBuf,
    },
    /// Write the public schema as what clients are promised from now on.
    Publish {
        /// The schema. Default: the one this program was built with.
        #[arg(long, value_name = "FILE")]
        schema: Option<PathBuf>,
        /// The file to write.
        #[arg(long, default_value = PUBLISHED, value_name = "FILE")]
        output: PathBuf,
    },
}

#[derive(Debug, Args)]
struct Import {
    /// The folder; subfolders are searched too.
    folder: PathBuf,
    /// The GraphQL endpoint of the running Polyphony. Default: where `up` listens by this configuration.
    #[arg(long, value_name = "URL")]
    endpoint: Option<Url>,
    /// The account to import as. Default: the demo account of this data folder.
    #[arg(long, env = "POLYPHONY_IMPORT_USERNAME", requires = "password")]
    username: Option<String>,
    /// Its password.
    #[arg(long, env = "POLYPHONY_IMPORT_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// Leave the tracks READY instead of publishing them.
    #[arg(long)]
    no_publish: bool,
    /// Files uploaded at the same time.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=16))]
    jobs: u8,
}

#[derive(Debug, Subcommand)]
enum Account {
    /// Make an account with a role, or give an existing one that role: how an installation gets its first admin.
    ///
    /// Reads the password of a new account from the first line of the standard input.
    Grant {
        /// The username.
        username: String,
        /// The e-mail address of a new account.
        #[arg(long)]
        email: String,
        /// The role.
        #[arg(long, value_enum)]
        role: RoleName,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleName {
    User,
    Artist,
    Admin,
}

impl From<RoleName> for kernel::Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::User => Self::User,
            RoleName::Artist => Self::Artist,
            RoleName::Admin => Self::Admin,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Jobs {
    /// Tell how many jobs wait and run, and list those that failed for good, with the reason, oldest first.
    Dead {
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: u64,
    },
    /// Try a dead letter again, before others.
    Retry {
        /// The job.
        job: kernel::id::JobId,
    },
    /// Forget a dead letter.
    Discard {
        /// The job.
        job: kernel::id::JobId,
    },
    /// End a job that waits or runs; its uploader is told.
    Cancel {
        /// The job.
        job: kernel::id::JobId,
    },
    /// What became of a job, line by line.
    Log {
        /// The job.
        job: kernel::id::JobId,
    },
}

#[derive(Debug, Subcommand)]
enum Embeddings {
    /// Have the whole catalogue heard by the model that is configured: behind all uploads, and as often as it is stopped it goes on. The
    /// model before answers until all is heard.
    Rebuild,
    /// Tell how far it is, and which model answers.
    Status,
}

#[derive(Debug, Subcommand)]
enum Fingerprints {
    /// Make known what was processed before there was an index of fingerprints. As often as it is stopped it goes on.
    Fill,
}

#[derive(Debug, Subcommand)]
enum Events {
    /// List dead letters, oldest first.
    Dead {
        /// Of this context only.
        #[arg(long)]
        consumer: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Handle a dead letter again; it is discarded when that succeeds.
    Replay {
        /// Its number in the list.
        id: i64,
    },
    /// Forget a dead letter.
    Discard {
        /// Its number in the list.
        id: i64,
    },
}

/// Carries out the command and says how it went.
pub fn run(cli: Cli) -> ExitCode {
    // No runtime, no configuration: the child reads a hostile file and should know as little as possible.
    if let Command::Transcode { arguments } = cli.command {
        return media_worker::transcode_main(arguments);
    }
    if matches!(cli.command, Command::Config) {
        print(platform::config::DEFAULTS);
        return ExitCode::SUCCESS;
    }
    let service = cli.command.service();
    let (config, _telemetry) =
        match Config::load(cli.config.as_deref()).and_then(|config| telemetry::init(&config, service).map(|telemetry| (config, telemetry))) {
            Ok(started) => started,
            Err(error) => {
                tell(&format!("polyphony: {error}"));
                return ExitCode::from(BAD_USAGE);
            }
        };
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the asynchronous runtime cannot start")
        .and_then(|runtime| runtime.block_on(dispatch(cli.command, config)));
    match outcome {
        Ok(code) => code,
        Err(error) => {
            tell(&format!("polyphony: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(command: Command, config: Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Up => up::up(config, stop_on_signal()?).await?,
        Command::Serve { service } => serve::serve(config, service, stop_on_signal()?).await?,
        Command::Import(arguments) => return import_folder(config, arguments).await,
        Command::Migrate => {
            contexts::migrate(&Platform::open(config).await?).await?;
            tell("all databases are up to date");
        }
        Command::Schema(SchemaArguments { command: None, output }) => schema::export(&output).await?,
        Command::Schema(SchemaArguments { command: Some(command), .. }) => return schema_tool(&command),
        Command::Account(Account::Grant { username, email, role }) => {
            let mut password = String::new();
            std::io::stdin().read_line(&mut password).context("the password cannot be read from the standard input")?;
            demo::grant(&Platform::open(config).await?, &username, &email, password.trim_end_matches(['\r', '\n']), role.into()).await?;
            tell(&format!("{username} has the role now"));
        }
        Command::Events(command) => {
            let platform = Platform::open(config).await?;
            match command {
                Events::Dead { consumer, limit } => print(&events::list(&platform, consumer.as_deref(), limit).await?),
                Events::Replay { id } => events::replay(&platform, id).await?,
                Events::Discard { id } => events::discard(&platform, id).await?,
            }
        }
        Command::Jobs(command) => {
            let platform = Platform::open(config).await?;
            match command {
                Jobs::Dead { limit } => print(&jobs::list(&platform, limit).await?),
                Jobs::Log { job } => print(&jobs::log(&platform, job).await?),
                Jobs::Retry { job } => jobs::retry(&platform, job).await?,
                Jobs::Discard { job } => jobs::discard(&platform, job).await?,
                Jobs::Cancel { job } => jobs::cancel(&platform, job).await?,
            }
        }
        Command::Embeddings(command) => {
            let platform = Platform::open(config).await?;
            match command {
                Embeddings::Rebuild => print(&embeddings::rebuild(&platform).await?),
                Embeddings::Status => print(&embeddings::status(&platform).await?),
            }
        }
        Command::Fingerprints(Fingerprints::Fill) => print(&fingerprints::fill(&Platform::open(config).await?).await?),
        Command::Config | Command::Transcode { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn schema_tool(command: &SchemaCommand) -> anyhow::Result<ExitCode> {
    match command {
        SchemaCommand::Check { schema, against, operations, announced } => {
            let verdict = schema_check::check(Sources { schema: schema.as_deref(), against, operations, announced })?;
            print(if verdict.text.is_empty() { "nothing changes for clients" } else { &verdict.text });
            Ok(if verdict.sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        SchemaCommand::Publish { schema, output } => {
            schema_check::publish(schema.as_deref(), output)?;
            tell(&format!("{} holds what clients are promised from now on", output.display()));
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn import_folder(config: Config, arguments: Import) -> anyhow::Result<ExitCode> {
    let account = match (arguments.username, arguments.password) {
        (Some(username), Some(password)) => demo::Credentials { username, password },
        _ => demo::credentials(&config.data)?,
    };
    let endpoint = match arguments.endpoint {
        Some(endpoint) => endpoint,
        None => format!("{}/graphql", config.public_url()).parse().context("public_url of the configuration is no URL")?,
    };
    let options = ImportOptions {
        folder: arguments.folder,
        endpoint,
        username: account.username,
        password: account.password,
        publish: !arguments.no_publish,
        jobs: arguments.jobs.into(),
    };
    let summary = import::run(options).await?;
    print(&summary.to_string());
    Ok(if summary.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[expect(clippy::print_stdout, reason = "a command's result belongs on the standard output")]
fn print(text: &str) {
    println!("{}", text.trim_end());
}

#[expect(clippy::print_stderr, reason = "words for the person at the terminal, apart from a command's result")]
fn tell(text: &str) {
    eprintln!("{text}");
}
