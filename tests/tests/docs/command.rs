//! Checks a command without running it: its program, subcommand, options, and the names of files, packages and tests in
//! it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use cargo_metadata::Target;
use clap::Parser;
use clap::error::ErrorKind;
use localstack::cli::Arguments;

use crate::project::Project;

/// How a command is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// In a block, with everything that it needs.
    Whole,
    /// In a sentence, which may leave out arguments.
    Shortened,
}

/// The shell and the programs that pages use and whose arguments are not checked.
const TOOLS: [&str; 17] = [
    ".", "cat", "curl", "date", "docker", "echo", "for", "git", "jq", "npm", "npx", "printf", "python3",
    "read", "rm", "sed", "test",
];

/// The commands of cargo and of the plugins that `.ci/run` installs.
const CARGO: [&str; 11] =
    ["bench", "build", "clippy", "deny", "fetch", "fmt", "metadata", "mutants", "run", "test", "update"];
const CARGO_LAMBDA: [&str; 3] = ["build", "invoke", "watch"];

/// The commands of AWS's tools with the options that pages use, from the references of the AWS CLI and the SAM CLI.
const AWS: [(&str, &[&str]); 29] = [
    ("aws cloudformation describe-stacks", &["--output", "--query", "--stack-name"]),
    ("aws cloudformation list-stack-resources", &["--query", "--stack-name"]),
    (
        "aws cloudwatch get-metric-statistics",
        &[
            "--end-time",
            "--metric-name",
            "--namespace",
            "--period",
            "--query",
            "--start-time",
            "--statistics",
        ],
    ),
    ("aws cloudwatch set-alarm-state", &["--alarm-name", "--state-reason", "--state-value"]),
    ("aws cognito-idp admin-create-user", &[]),
    ("aws cognito-idp delete-user-pool", &["--user-pool-id"]),
    ("aws cognito-idp describe-user-pool-client", &["--client-id", "--output", "--query", "--user-pool-id"]),
    ("aws cognito-idp update-user-pool", &["--deletion-protection", "--user-pool-id"]),
    ("aws dynamodb delete-item", &["--key", "--table-name"]),
    ("aws dynamodb delete-table", &["--endpoint-url", "--table-name"]),
    ("aws dynamodb describe-table", &["--output", "--query", "--table-name"]),
    (
        "aws dynamodb enable-kinesis-streaming-destination",
        &["--enable-kinesis-streaming-configuration", "--stream-arn", "--table-name"],
    ),
    ("aws dynamodb list-tables", &["--query"]),
    ("aws dynamodb put-resource-policy", &["--policy", "--resource-arn"]),
    (
        "aws dynamodb restore-table-to-point-in-time",
        &["--restore-date-time", "--source-table-name", "--target-table-name"],
    ),
    ("aws dynamodb scan", &["--endpoint-url", "--table-name"]),
    ("aws dynamodb tag-resource", &["--resource-arn", "--tags"]),
    ("aws dynamodb update-continuous-backups", &["--point-in-time-recovery-specification", "--table-name"]),
    (
        "aws dynamodb update-table",
        &[
            "--deletion-protection-enabled",
            "--no-deletion-protection-enabled",
            "--table-name",
            "--warm-throughput",
        ],
    ),
    ("aws dynamodb wait", &["--table-name"]),
    ("aws kinesis describe-stream-summary", &["--output", "--query", "--stream-name"]),
    (
        "aws kinesis update-shard-count",
        &["--endpoint-url", "--scaling-type", "--stream-name", "--target-shard-count"],
    ),
    ("aws lambda invoke", &["--cli-read-timeout", "--function-name", "--payload"]),
    ("aws logs tail", &["--endpoint-url", "--follow"]),
    ("aws secretsmanager create-secret", &["--name", "--secret-string"]),
    ("aws sqs delete-message", &["--queue-url", "--receipt-handle"]),
    ("aws sqs receive-message", &["--max-number-of-messages", "--queue-url", "--visibility-timeout"]),
    ("sam delete", &["--no-prompts", "--stack-name"]),
    ("sam deploy", &["--config-env", "--guided", "--parameter-overrides"]),
];

/// Checks a command.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check(project: &Project, words: &[String], form: Form) -> Result<(), String> {
    let program = words.first().map_or("", String::as_str);
    match program {
        "cargo" => cargo(project, &words[1..], form)?,
        "aws" | "sam" => aws(project, words)?,
        _ if program.contains('/') => {
            existing(project, program)?;
            let metadata =
                fs::metadata(project.root.join(program)).map_err(|error| format!("{program}: {error}"))?;
            if metadata.is_dir() || metadata.permissions().mode() & 0o111 == 0 {
                return Err(format!("{program} is not an executable file"));
            }
        }
        _ if TOOLS.contains(&program) => {}
        _ => return Err(format!("{program} is unknown: add it to the tools in tests/tests/docs/command.rs")),
    }
    words[1..].iter().try_for_each(|word| {
        let word = word.trim_start_matches("fileb://");
        let first = word.split('/').next().unwrap_or_default();
        let is_path = word.contains('/') && project.has_in_root(first);
        if is_path { existing(project, word) } else { Ok(()) }
    })
}

/// Checks that a path exists, or that a build makes it. Of a path with a placeholder, the part before the placeholder
/// must exist.
pub(crate) fn existing(project: &Project, path: &str) -> Result<(), String> {
    let is_open = |part: &&str| part.contains(['<', '*', '{', '…', '$']);
    let known: Vec<&str> = path.split('/').take_while(|part| !is_open(part)).collect();
    let known = known.join("/");
    if known.is_empty() || project.has(&known) || project.ignores(&known) {
        Ok(())
    } else {
        Err(format!("{known} does not exist"))
    }
}

/// Whether a command serves until Ctrl-C.
pub(crate) fn serves(words: &[String]) -> bool {
    let is_local = words.len() >= 2 && words[0] == "cargo" && words[1] == "local";
    let parsed = is_local.then(|| Arguments::try_parse_from(&words[1..]).ok()).flatten();
    parsed.is_some_and(|arguments| arguments.command.is_none() && !words.iter().any(|word| word == "list"))
}

fn cargo(project: &Project, words: &[String], form: Form) -> Result<(), String> {
    let Some(name) = words.first() else { return Ok(()) };
    match name.as_str() {
        "local" => local(project, words, form),
        "lambda" => {
            let command = words.get(1).map_or("", String::as_str);
            let is_known = command.is_empty() || CARGO_LAMBDA.contains(&command);
            if is_known { Ok(()) } else { Err(format!("cargo lambda has no command {command}")) }
        }
        alias if project.aliases.contains_key(alias) => options_of(project, alias, &words[1..]),
        command if CARGO.contains(&command) => targets(project, &words[1..]),
        _ => Err(format!("cargo has no command {name}")),
    }
}

/// Parses the command line as `cargo local` does.
fn local(project: &Project, words: &[String], form: Form) -> Result<(), String> {
    // `…` stands for something that the reader fills in. A number is right for every option.
    let filled = words.iter().map(|word| if word == "…" { "1" } else { word });
    if let Err(error) = Arguments::try_parse_from(filled) {
        let is_incomplete = matches!(
            error.kind(),
            ErrorKind::MissingRequiredArgument
                | ErrorKind::MissingSubcommand
                | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        );
        if error.kind() != ErrorKind::DisplayHelp && !(is_incomplete && form == Form::Shortened) {
            let message = error.to_string();
            let line = message.lines().next().unwrap_or_default().trim_start_matches("error: ");
            return Err(format!("cargo local: {line}"));
        }
    }
    let values = words.iter().skip_while(|word| *word != "--param").skip(1);
    parameters(project, values.filter(|word| word.starts_with(|sign: char| sign.is_ascii_uppercase())))
}

/// Checks that the template has the parameters of `settings`, each `NAME=VALUE`.
fn parameters<'w>(project: &Project, settings: impl Iterator<Item = &'w String>) -> Result<(), String> {
    for (name, _) in settings.filter_map(|setting| setting.split_once('=')) {
        if !project.parameters.contains(name) {
            return Err(format!("template.yaml has no parameter {name}"));
        }
    }
    Ok(())
}

/// Checks the options of an alias against the fields from which clap derives them in the package's `main.rs`.
fn options_of(project: &Project, alias: &str, words: &[String]) -> Result<(), String> {
    let package = project.packages.iter().find(|package| *package.name == project.aliases[alias]);
    let package = package.ok_or_else(|| format!("the alias {alias} runs no package of the workspace"))?;
    let folder = package.manifest_path.parent().map(|folder| folder.join("src/main.rs"));
    let source = folder.and_then(|main| fs::read_to_string(main).ok()).unwrap_or_default();
    for option in words.iter().filter_map(|word| word.strip_prefix("--")) {
        if !source.contains(&format!("\n    {}: ", option.replace('-', "_"))) {
            return Err(format!("cargo {alias} has no option --{option}"));
        }
    }
    Ok(())
}

/// Checks the packages and targets that the options of a cargo command name.
fn targets(project: &Project, words: &[String]) -> Result<(), String> {
    let is_own = |word: &&String| *word != "--";
    let words: Vec<&str> = words.iter().take_while(is_own).map(String::as_str).collect();
    let mut selected = Vec::new();
    for pair in words.windows(2).filter(|pair| matches!(pair[0], "-p" | "--package")) {
        let package = project.packages.iter().find(|package| *package.name == pair[1]);
        selected.push(package.ok_or_else(|| format!("there is no package {}", pair[1]))?);
    }
    if selected.is_empty() {
        selected = project.packages.iter().collect();
    }
    for pair in words.windows(2) {
        let is_kind: fn(&Target) -> bool = match pair[0] {
            "--test" => Target::is_test,
            "--bench" => Target::is_bench,
            "--bin" => Target::is_bin,
            _ => continue,
        };
        let mut targets = selected.iter().flat_map(|package| &package.targets);
        if !targets.any(|target| is_kind(target) && target.name == pair[1]) {
            return Err(format!(
                "there is no {} {} in the selected packages",
                pair[0].trim_start_matches('-'),
                pair[1]
            ));
        }
    }
    Ok(())
}

fn aws(project: &Project, words: &[String]) -> Result<(), String> {
    let line = words.join(" ");
    let known = AWS.iter().find(|(command, _)| line == *command || line.starts_with(&format!("{command} ")));
    let Some((command, options)) = known else {
        return Err(format!("{line}: unknown; add it with its options to tests/tests/docs/command.rs"));
    };
    for option in words.iter().filter(|word| word.starts_with("--")) {
        if !options.contains(&option.as_str()) {
            return Err(format!(
                "{command}: no option {option} in tests/tests/docs/command.rs; add it if it exists"
            ));
        }
    }
    parameters(project, words.iter().skip_while(|word| *word != "--parameter-overrides").skip(1))
}
