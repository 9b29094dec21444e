//! The HTTP front alone: the template's routes and authorizers, before functions that run elsewhere, behind any Lambda
//! Invoke endpoint (`LocalStack`, `cargo lambda watch`).

mod error;
mod remote;

use std::collections::BTreeMap;
use std::path::PathBuf;

use remote::RemoteFunctions;
use stack_base::stop::Stop;
use stack_base::store::Location;
use stack_base::{http, listen};
use stack_template::{HttpRoute, Template};
use tokio::task::JoinHandle;

use crate::identity::Issuer;
use crate::{api, guards};

pub use error::FrontError;

/// Options of a front.
#[derive(Debug, Clone)]
pub struct FrontOptions {
    /// The template file.
    pub template: PathBuf,
    /// Template parameters that differ from their defaults.
    pub parameters: BTreeMap<String, String>,
    /// Port of the HTTP API on loopback; 0 for a free one.
    pub port: u16,
    /// Where functions are invoked, such as `http://127.0.0.1:4566`.
    pub endpoint: String,
    /// Region of the functions.
    pub region: String,
    /// The deployed stack whose functions are invoked. Without one, a function is called by its binary's name.
    pub stack_name: Option<String>,
}

/// A front that serves until [`Front::shutdown`].
#[derive(Debug)]
pub struct Front {
    /// Base URL of the HTTP API.
    pub base_url: String,
    /// The development issuer. Its tokens are taken unless the parameters name another issuer.
    pub issuer: Issuer,
    /// The routes, with the functions' names in the template.
    pub routes: Vec<HttpRoute>,
    stop: Stop,
    tasks: Vec<JoinHandle<()>>,
}

impl Front {
    /// Starts the API, and the development issuer on the port after it.
    ///
    /// # Errors
    /// [`FrontError`], one line: a taken port, a broken template, a stack that is not there, …
    pub async fn start(options: FrontOptions) -> Result<Self, FrontError> {
        let (api_listener, token_listener) = listen::api_and_next(options.port).await?;
        let (base_url, issuer_url) = (api_listener.url(), token_listener.url());
        let mut template = Template::read(&options.template, &options.parameters, &issuer_url)?;
        let functions = RemoteFunctions::new(&options.endpoint, &options.region)?;
        let names = match &options.stack_name {
            Some(stack) => remote::function_names(&functions, stack).await?,
            None => binary_names(&template),
        };
        let routes = template.routes.clone();
        rename(&mut template.routes, &names)?;

        let issuer =
            guards::start_issuer(&issuer_url, &template, &Location::Memory(uuid::Uuid::new_v4())).await?;
        let api = api::router(guards::guarded_routes(&issuer, &template)?, functions);
        let tokens = guards::issuer_routes(&issuer, &template);
        let stop = Stop::default();
        let tasks = vec![
            http::serve_until(api_listener.listener, api, stop.listen()),
            http::serve_until(token_listener.listener, tokens, stop.listen()),
        ];
        Ok(Self { base_url, issuer, routes, stop, tasks })
    }

    /// Stops taking requests, and lets those under way finish within the server's own limit.
    pub async fn shutdown(self) {
        self.stop.give();
        for task in self.tasks {
            // A server that broke has nothing under way any more.
            task.await.ok();
        }
    }
}

fn binary_names(template: &Template) -> BTreeMap<String, String> {
    template.functions.iter().map(|function| (function.name.clone(), function.binary.clone())).collect()
}

/// Points every route at the function's name where it runs.
fn rename(routes: &mut [HttpRoute], names: &BTreeMap<String, String>) -> Result<(), FrontError> {
    for route in routes {
        let name = names.get(&route.function);
        let name = name.ok_or_else(|| FrontError::NotDeployed(route.function.clone()))?;
        route.function.clone_from(name);
    }
    Ok(())
}
