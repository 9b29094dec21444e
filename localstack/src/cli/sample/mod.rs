//! `cargo local sample` makes a sample event of a function from options.
//!
//! The same options make the same bytes. The template decides the kind of the event: a function with a route receives a
//! request, a function that reads a stream receives a batch of commits, and an operator function receives only the
//! body.

mod arguments;
mod error;
mod http;
mod pairs;
mod stream;

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;
use stack_template::{Function, Template};

use super::error::CliError;
use crate::stack::{StackError, StackOptions};

pub use arguments::SampleArguments;
pub use error::SampleError;

/// The endpoint for the template's intrinsic functions. No sample contains it.
const ENDPOINT: &str = "http://127.0.0.1:1";

/// Makes the sample. Writes it to its file and the file's name to `stdout`, or with `--print` only the sample to
/// `stdout`.
///
/// # Errors
/// [`CliError`]. No file was written then, unless the error concerns `stdout`.
pub(super) fn run(
    options: &StackOptions,
    arguments: &SampleArguments,
    stdout: &mut impl Write,
) -> Result<(), CliError> {
    let template =
        Template::read(&options.template(), &options.parameters, ENDPOINT).map_err(StackError::from)?;
    let function = function(&template, &arguments.function)?;
    let event = event(&template, function, arguments)?;
    if arguments.print {
        return Ok(stdout.write_all(event.as_bytes())?);
    }
    write(&options.project.join("events").join(&function.binary), arguments, &event)?;
    Ok(writeln!(stdout, "events/{}/{}.json", function.binary, arguments.name)?)
}

fn function<'t>(template: &'t Template, wanted: &str) -> Result<&'t Function, SampleError> {
    let functions = &template.functions;
    let found = functions.iter().find(|function| function.binary == wanted || function.name == wanted);
    found.ok_or_else(|| {
        let known: Vec<&str> = functions.iter().map(|function| function.binary.as_str()).collect();
        SampleError::Function { name: wanted.to_owned(), known: known.join(", ") }
    })
}

/// The event of `function`, with the values of the options.
fn event(
    template: &Template,
    function: &Function,
    arguments: &SampleArguments,
) -> Result<String, SampleError> {
    let request_options = [
        ("route", arguments.route.is_some()),
        ("path", !arguments.path.is_empty()),
        ("query", !arguments.query.is_empty()),
        ("header", !arguments.header.is_empty()),
        ("scopes", arguments.scopes.is_some()),
    ];
    let (body, commit, user) = (
        ("body", arguments.body.is_some()),
        ("commit", !arguments.commit.is_empty()),
        ("user", arguments.user.is_some()),
    );
    if template.routes.iter().any(|route| route.function == function.name) {
        let instead = "--path, --query, --header, --body, --user and --scopes";
        refuse_options(function, "a function with a route", &[commit], instead)?;
        http::event(template, function, arguments)
    } else if template.mappings.iter().any(|mapping| mapping.function == function.name) {
        let others = [&request_options[..], &[body]].concat();
        refuse_options(function, "a function that reads the change stream", &others, "--commit and --user")?;
        stream::event(function, arguments)
    } else {
        let others = [&request_options[..], &[commit, user]].concat();
        refuse_options(function, "an operator function", &others, "--body")?;
        let body = arguments.body.as_deref().unwrap_or("{}");
        serde_json::from_str::<IgnoredAny>(body).map_err(|problem| SampleError::Body { problem })?;
        Ok(format!("{}\n", body.trim()))
    }
}

/// Refuses the options of another kind of function. The error names the first of `others` that is given.
fn refuse_options(
    function: &Function,
    kind: &'static str,
    others: &[(&'static str, bool)],
    instead: &'static str,
) -> Result<(), SampleError> {
    match others.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((option, _)) => {
            Err(SampleError::WrongOption { option, function: function.binary.clone(), kind, instead })
        }
    }
}

/// The path of the sample `name` in `folder`, relative to the project.
fn relative_path(folder: &Path, name: &str) -> PathBuf {
    let function = folder.file_name().unwrap_or_default();
    Path::new("events").join(function).join(format!("{name}.json"))
}

/// Writes the event to a temporary file and then moves that file to its place, so the sample is never half written.
fn write(folder: &Path, arguments: &SampleArguments, event: &str) -> Result<(), SampleError> {
    let name = &arguments.name;
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
        return Err(SampleError::Name { name: name.clone() });
    }
    let path = folder.join(format!("{name}.json"));
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| SampleError::Write { path, source }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let draft = folder.join(format!(".{name}.{}", std::process::id()));
    let written = fs::write(&draft, event).map_err(failed(&draft)).and_then(|()| {
        if arguments.force {
            return fs::rename(&draft, &path).map_err(failed(&path));
        }
        // A rename would replace a file that another process has just created. A hard link fails if the file exists.
        fs::hard_link(&draft, &path).map_err(|source| match source.kind() {
            ErrorKind::AlreadyExists => SampleError::Exists { path: relative_path(folder, name) },
            _ => failed(&path)(source),
        })
    });
    // After a rename the temporary file is gone already. In all other cases it is removed here.
    drop(fs::remove_file(&draft));
    written
}

#[cfg(test)]
mod tests;
