//! `cargo local token` prints a token for the running stack to standard output, and nothing else.

use std::io::Write;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use stack_base::http;
use stack_gateway::identity::TOKEN_PATH;

use super::error::CliError;

/// The longest wait for the token.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The claims of the token, and the address of its issuer.
#[derive(Debug, Clone, Args)]
pub struct TokenArguments {
    /// Subject of the token: the id of the caller
    #[arg(long)]
    pub sub: String,
    /// Scopes of the token, separated by spaces [default: those that the template names in its metadata]
    #[arg(long)]
    pub scope: Option<String>,
    /// Seconds until the token expires; a negative number makes an expired token
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, allow_negative_numbers = true)]
    pub expires_in: i32,
    /// Audience of the token [default: the audience that the stack accepts]
    #[arg(long)]
    pub audience: Option<String>,
    /// AWS endpoint of the stack, if its port is not --port + 1
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
}

/// The members of the issuer's response that this command uses (RFC 6749, section 5.1).
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
}

/// Writes a token for the stack whose HTTP API is on `port`.
///
/// # Errors
/// [`CliError::Token`] if no development issuer responds, or if the issuer refuses the request.
pub(super) async fn run(
    port: u16,
    arguments: &TokenArguments,
    stdout: &mut impl Write,
) -> Result<(), CliError> {
    let endpoint = match &arguments.endpoint {
        Some(endpoint) => endpoint.trim_end_matches('/').to_owned(),
        None => format!("http://127.0.0.1:{}", port.saturating_add(1)),
    };
    let failed = |problem: String| CliError::Token { endpoint: endpoint.clone(), problem };
    let no_answer =
        |error: reqwest::Error| failed(format!("no response ({error}); start cargo local, or set --port"));
    let client = http::client(TIMEOUT).map_err(no_answer)?;
    let request = client.post(format!("{endpoint}{TOKEN_PATH}")).body(form(arguments)).send();
    let answer = request.await.map_err(no_answer)?;
    let status = answer.status();
    let body = answer.text().await.map_err(no_answer)?;
    match serde_json::from_str::<TokenAnswer>(&body) {
        Ok(TokenAnswer { access_token }) if status.is_success() => Ok(writeln!(stdout, "{access_token}")?),
        _ => Err(failed(format!("no development issuer there, or the issuer refused: {status} {body}"))),
    }
}

fn form(arguments: &TokenArguments) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    form.append_pair("client_id", &arguments.sub);
    if let Some(scope) = &arguments.scope {
        form.append_pair("scope", scope);
    }
    form.append_pair("expires_in", &arguments.expires_in.to_string());
    if let Some(audience) = &arguments.audience {
        form.append_pair("audience", audience);
    }
    form.finish()
}
