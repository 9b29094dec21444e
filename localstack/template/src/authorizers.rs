//! `Auth` and CORS of `AWS::Serverless::HttpApi`, and `Auth` of the events that define its routes (SAM specification,
//! `HttpApiAuth` and `HttpApiFunctionAuth`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::cors;
use super::error::TemplateError;
use super::expressions::{holds, single_function};
use super::model::{Authorization, Cors, JwtAuthorizer};
use super::properties::Properties;
use super::scope::Scope;

/// Audience of tokens if the template leaves the audience to the deployment.
pub const LOCAL_AUDIENCE: &str = "local";
const API: &str = "AWS::Serverless::HttpApi";
/// Properties that only affect an API in AWS: its names, logs and limits.
const INERT: &[&str] = &[
    "AccessLogSettings",
    "DefaultRouteSettings",
    "Description",
    "FailOnWarnings",
    "Name",
    "RouteSettings",
    "Tags",
];

/// The API's authorizers, and the default for routes that name none.
#[derive(Debug, Default)]
pub(crate) struct ApiAuth {
    pub(crate) authorizers: Vec<JwtAuthorizer>,
    pub(crate) cors: Option<Cors>,
    /// Default scopes of an authorizer's routes, by the authorizer's name.
    scopes: BTreeMap<String, Vec<String>>,
    default: Option<String>,
}

/// Values for the parameters without a default from which an authorizer takes its issuer and audience. The values
/// select the development issuer at `endpoint`. An empty default is none. With a scope, only the chosen value of a
/// condition counts; without one, each value does.
pub(crate) fn local_values(
    document: &Value,
    endpoint: &str,
    scope: Option<&Scope<'_>>,
) -> BTreeMap<String, String> {
    let resources = document.get("Resources").and_then(Value::as_object).into_iter().flatten();
    let apis = resources.filter(|(_, resource)| Scope::type_of(resource) == API);
    let authorizers = apis.filter_map(|(_, api)| api.pointer("/Properties/Auth/Authorizers")?.as_object());
    let settings = authorizers.flatten().filter_map(|(_, authorizer)| authorizer.get("JwtConfiguration"));
    let mut values = BTreeMap::new();
    for setting in settings {
        for (member, local) in [("issuer", endpoint), ("audience", LOCAL_AUDIENCE)] {
            let Some(value) = setting.get(member) else { continue };
            let open = named(value, scope).into_iter().filter(|name| is_open(document, name));
            values.extend(open.map(|name| (name.to_owned(), local.to_owned())));
        }
    }
    values
}

fn is_open(document: &Value, parameter: &str) -> bool {
    let parameter = document.pointer(&format!("/Parameters/{parameter}"));
    let has_default =
        |parameter: &Value| parameter.get("Default").is_some_and(|default| default.as_str() != Some(""));
    parameter.is_some_and(|parameter| parameter.is_object() && !has_default(parameter))
}

/// The names in the references of a value, outside of texts that a function composes.
fn named<'v>(value: &'v Value, scope: Option<&Scope<'_>>) -> Vec<&'v str> {
    let all = |values: &'v [Value]| values.iter().flat_map(|value| named(value, scope)).collect();
    let Some(map) = value.as_object() else {
        return value.as_array().map_or_else(Vec::new, |items| all(items));
    };
    match single_function(map) {
        Some(("Ref", name)) => name.as_str().into_iter().collect(),
        Some(("Fn::Split", argument)) => argument.as_array().map_or_else(Vec::new, |parts| all(parts)),
        Some(("Fn::If", argument)) => {
            let Some([condition, then, otherwise]) = argument.as_array().map(Vec::as_slice) else {
                return vec![];
            };
            let holds = |scope: &&Scope<'_>| holds(scope, &json!({ "Condition": condition }), 0).ok();
            match scope.as_ref().and_then(holds) {
                Some(true) => named(then, scope),
                Some(false) => named(otherwise, scope),
                None => [named(then, scope), named(otherwise, scope)].concat(),
            }
        }
        _ => Vec::new(),
    }
}

impl ApiAuth {
    /// Reads the template's API. Without an API, no route requires a token.
    ///
    /// # Errors
    /// [`TemplateError::Property`], also for a second API, because one server handles all routes.
    pub(crate) fn read(scope: &Scope<'_>) -> Result<Self, TemplateError> {
        let mut apis = scope.section("Resources").into_iter().flatten();
        let mut apis = apis.by_ref().filter(|(_, declaration)| Scope::type_of(declaration) == API);
        let Some((id, declaration)) = apis.next() else { return Ok(Self::default()) };
        let properties = Properties::from_declaration(scope, id, declaration);
        if let Some((second, _)) = apis.next() {
            return Err(
                properties.error("Type", format!("{second} is a second API; only one is supported locally"))
            );
        }
        if declaration.get("Condition").is_some() {
            return Err(properties.error("Condition", "is not supported locally"));
        }
        properties.only(&["Auth", "CorsConfiguration"], INERT)?;
        let auth = match properties.object("Auth")? {
            Some(auth) => Self::from_properties(&auth)?,
            None => Self::default(),
        };
        Ok(Self { cors: cors::read(&properties)?, ..auth })
    }

    fn from_properties(auth: &Properties<'_>) -> Result<Self, TemplateError> {
        auth.only(&["Authorizers", "DefaultAuthorizer"], &[])?;
        let mut api = Self { default: auth.text("DefaultAuthorizer")?, ..Self::default() };
        if let Some(authorizers) = auth.object("Authorizers")? {
            for name in authorizers.names() {
                let settings = authorizers.required_object(name)?;
                api.authorizers.push(authorizer(name, &settings)?);
                api.scopes.insert(name.to_owned(), settings.texts("AuthorizationScopes")?);
            }
        }
        match api.default.as_ref().filter(|name| !api.scopes.contains_key(*name)) {
            Some(unknown) => {
                Err(auth.error("DefaultAuthorizer", format!("{unknown} is not one of Authorizers")))
            }
            None => Ok(api),
        }
    }

    /// The authorization that a route requires, or `None` if anyone may call it. `event` contains the properties of the
    /// route's event.
    ///
    /// # Errors
    /// [`TemplateError::Property`] when the event's `Auth` is invalid.
    pub(crate) fn of_route(&self, event: &Properties<'_>) -> Result<Option<Authorization>, TemplateError> {
        let (mut name, mut scopes) = (self.default.clone(), None);
        if let Some(auth) = event.object("Auth")? {
            auth.only(&["AuthorizationScopes", "Authorizer"], &[])?;
            name = auth.text("Authorizer")?.or(name);
            scopes =
                auth.value("AuthorizationScopes")?.map(|_| auth.texts("AuthorizationScopes")).transpose()?;
            if let Some(unknown) = name.as_ref().filter(|name| !self.knows(name)) {
                return Err(auth.error("Authorizer", format!("{unknown} is not an authorizer of the API")));
            }
        }
        let Some(authorizer) = name.filter(|name| name != "NONE") else { return Ok(None) };
        let scopes = scopes.unwrap_or_else(|| self.scopes.get(&authorizer).cloned().unwrap_or_default());
        Ok(Some(Authorization { authorizer, scopes }))
    }

    fn knows(&self, name: &str) -> bool {
        name == "NONE" || self.scopes.contains_key(name)
    }
}

fn authorizer(name: &str, settings: &Properties<'_>) -> Result<JwtAuthorizer, TemplateError> {
    settings.only(&["AuthorizationScopes", "IdentitySource", "JwtConfiguration"], &[])?;
    let source = settings.required_text("IdentitySource")?;
    let header = source.strip_prefix("$request.header.").filter(|header| !header.is_empty());
    let header = header.ok_or_else(|| {
        settings
            .error("IdentitySource", format!("{source} is not supported locally; use $request.header.NAME"))
    })?;
    let jwt = settings.required_object("JwtConfiguration")?;
    jwt.only(&["audience", "issuer"], &[])?;
    let audiences = jwt.texts("audience")?;
    if audiences.is_empty() || audiences.iter().any(String::is_empty) {
        return Err(jwt.error("audience", "is missing"));
    }
    let issuer = jwt.required_text("issuer")?;
    if issuer.is_empty() {
        return Err(jwt.error("issuer", "is missing"));
    }
    Ok(JwtAuthorizer { name: name.to_owned(), header: header.to_owned(), issuer, audiences })
}
