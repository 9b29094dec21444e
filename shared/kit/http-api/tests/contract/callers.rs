//! The caller of a request, and what a caller may do.

use crate::support::{RequestBuilder, api, post};
use http_api::{Api, Problem, ScopeNames};
use serde_json::{Value, json};

fn refusal(sent: RequestBuilder) -> Problem {
    sent.request().caller().expect_err("the request must have no caller").problem
}

#[test]
fn a_request_without_a_subject_is_unauthenticated() {
    assert_eq!(refusal(post().anonymous()), Problem::Unauthenticated);
    for claims in [json!({}), json!({"sub": ""}), json!({"scope": "things:admin", "client_id": "c"})] {
        assert_eq!(refusal(post().claims(&claims)), Problem::Unauthenticated, "{claims}");
    }
    assert_eq!(Problem::Unauthenticated.status(), 401);
}

#[test]
fn no_metadata_is_made_for_an_anonymous_request() {
    let request = post().anonymous().request();
    assert_eq!(
        request.metadata().expect_err("an anonymous request has no metadata").problem,
        Problem::Unauthenticated
    );
}

#[test]
fn a_customer_may_act_only_for_itself() {
    let customer = post().subject("user-9").request().caller().expect("the request has a caller");
    assert_eq!((customer.subject(), customer.is_admin()), ("user-9", false));
    assert!(customer.may_act_for("user-9"));
    assert!(!customer.may_see(None));
    for other in ["user-8", "user-90", "USER-9", ""] {
        assert!(!customer.may_act_for(other), "{other}");
    }
}

#[test]
fn a_customer_lists_its_own_records_and_an_admin_those_of_any_owner() {
    let customer = post().subject("user-9").request().caller().expect("the request has a caller");
    let claims = json!({"sub": "operator", "scope": "things:admin"});
    let admin = post().claims(&claims).request().caller().expect("the request has a caller");
    let user = |name: &str| Some(name.to_owned());
    for owner in [None, user("user-9")] {
        assert_eq!(customer.listed_owner(owner).expect("the own records are allowed"), user("user-9"));
    }
    for other in ["user-8", ""] {
        assert_eq!(customer.listed_owner(user(other)).expect_err(other).problem, Problem::NotYours);
    }
    for owner in [None, user("user-8")] {
        assert_eq!(admin.listed_owner(owner.clone()).expect("an admin may list any owner"), owner);
    }
}

#[test]
fn a_caller_with_the_admin_scope_is_an_admin() {
    let is_admin = |name: &str, scopes: &str| {
        let claims = json!({"sub": "user-9", name: scopes});
        let caller = post().claims(&claims).request().caller().expect("the request has a caller");
        assert_eq!(caller.may_act_for("user-8"), caller.is_admin());
        assert_eq!(caller.may_see(None), caller.is_admin());
        let forbidden = Problem::Forbidden { scope: "things:admin".to_owned() };
        assert_eq!(forbidden.to_string(), "The request requires the scope things:admin");
        match post().claims(&claims).request().admin() {
            Ok(admin) => assert_eq!((admin, caller.is_admin()), (caller.clone(), true)),
            Err(refused) => assert_eq!((refused.problem, caller.is_admin()), (forbidden, false)),
        }
        caller.is_admin()
    };
    for scopes in ["things:admin", "things:read things:admin"] {
        assert!(is_admin("scope", scopes) && is_admin("scp", scopes), "{scopes}");
    }
    let others = ["", "things:administer", "my-things:admin", "things:read", "[]", "Things:Admin", "admin"];
    let tricks = [
        "[things:admin]",
        "[ things:write things:admin]",
        "[things:admin things:write ]",
        "things:write\tthings:admin",
        "things:write,things:admin",
        "[\"things:admin\"]",
    ];
    for scopes in others.into_iter().chain(tricks) {
        assert!(!is_admin("scope", scopes), "{scopes}");
    }
    assert!(!is_admin("roles", "things:admin"));
}

/// API Gateway passes on a list as `[a b]`. Its own list of scopes tells that apart from a text with brackets.
#[test]
fn a_scope_counts_only_if_the_authorizer_lists_it_and_the_claim_has_it() {
    let is_admin = |claims: Value, scopes: Value| {
        let mut claims = claims;
        claims["sub"] = json!("user-9");
        post().authorizer(&claims, &scopes).request().caller().expect("the request has a caller").is_admin()
    };
    let list = || json!({"scope": "[things:write things:admin]"});
    assert!(is_admin(list(), json!(["things:write", "things:admin"])));
    assert!(is_admin(json!({"scp": "[things:admin]"}), json!(["things:admin"])));
    for (claims, scopes) in [
        (list(), json!(["[things:write", "things:admin]"])),
        (list(), json!(["things:write things:admin"])),
        (json!({"scope": "[things:write things:admin x]"}), json!(["things:write things:admin", "x"])),
        (json!({"scope": "things:admin"}), json!(null)),
        (json!({"scope": "things:admin"}), json!([])),
        (json!({"scope": "things:write"}), json!(["things:write", "things:admin"])),
        (json!({}), json!(["things:admin"])),
        (json!({"scope": "things:write", "scp": "things:admin"}), json!(["things:admin"])),
    ] {
        assert!(!is_admin(claims.clone(), scopes.clone()), "{claims} {scopes}");
    }
}

#[test]
fn a_reader_sees_all_records_and_changes_none_of_another_owner() {
    let claims = json!({"sub": "clerk-1", "scope": "things:audit"});
    let reader = post().claims(&claims).request().caller().expect("the request has a caller");
    assert!(reader.may_see(None) && reader.may_see(Some("user-8")) && reader.may_act_for("clerk-1"));
    assert!(!reader.may_act_for("user-8") && !reader.is_admin());
    let user = Some("user-8".to_owned());
    assert_eq!(reader.listed_owner(user.clone()).expect("a reader lists any owner"), user);
    assert_eq!(reader.listed_owner(None).expect("a reader lists all owners"), None);
}

#[test]
fn a_required_scope_is_the_scope_itself_or_the_admin_scope() {
    let problem = |scopes: &str| {
        let request = post().claims(&json!({"sub": "user-9", "scope": scopes})).request();
        request.caller_with("things:write").err().map(|refused| refused.problem)
    };
    assert_eq!((problem("things:write"), problem("things:admin")), (None, None));
    for scopes in ["things:audit", "", "things:writes"] {
        assert_eq!(
            problem(scopes),
            Some(Problem::Forbidden { scope: "things:write".to_owned() }),
            "{scopes}"
        );
    }
    let anonymous = post().anonymous().request().caller_with("things:write");
    assert_eq!(anonymous.expect_err("an anonymous request has no scope").problem, Problem::Unauthenticated);
}

/// An issuer may have another name for a scope. Then only that name counts, and a refusal names it.
#[test]
fn a_scope_has_the_name_that_the_issuer_gives_it() {
    let names = [("things:write", "shop/write".to_owned()), ("things:admin", "shop/admin".to_owned())];
    let renamed = Api { scope_names: ScopeNames::new(names), ..api() };
    let request =
        |scopes: &str| post().claims(&json!({"sub": "user-9", "scope": scopes})).request_of(&renamed);
    let problem =
        |scopes: &str| request(scopes).caller_with("things:write").err().map(|refused| refused.problem);
    assert_eq!((problem("shop/write"), problem("shop/admin")), (None, None));
    assert_eq!(problem("things:write"), Some(Problem::Forbidden { scope: "shop/write".to_owned() }));
    assert_eq!(problem("things:admin"), Some(Problem::Forbidden { scope: "shop/write".to_owned() }));
    assert!(request("shop/admin").caller().expect("a caller").is_admin());
    assert!(!request("things:admin").caller().expect("a caller").is_admin());
    let reader = request("things:audit").caller().expect("a caller");
    assert!(
        reader.has_scope("things:audit") && reader.may_see(None),
        "a scope without another name keeps its own"
    );
}

#[test]
fn the_names_of_scopes_are_read_from_variables() {
    // Cargo sets this variable for every test.
    let names =
        ScopeNames::from_variables([("CARGO_MANIFEST_DIR", "things:admin")]).expect("the variable is set");
    assert_eq!(names.in_tokens("things:admin"), env!("CARGO_MANIFEST_DIR"));
    assert_eq!(names.in_tokens("things:audit"), "things:audit");
    let missing =
        ScopeNames::from_variables([("NO_SUCH_VARIABLE", "things:admin")]).expect_err("there is none");
    assert!(missing.to_string().contains("NO_SUCH_VARIABLE"), "{missing}");
}

#[test]
fn the_debug_text_of_an_api_has_its_names() {
    let text = format!("{:?}", api());
    assert!(text.contains("things:admin") && text.contains("urn:things:problem:"), "{text}");
}
