//! Tests of the API's domains, and of policies that nobody has.

use super::{error, read};

const DOMAIN: &str = r"
Parameters:
  Name: {Type: String, Default: ''}
Conditions:
  HasDomain: !Not [!Equals [!Ref Name, '']]
Resources:
  Domain:
    Type: AWS::ApiGatewayV2::DomainName
    Condition: HasDomain
    Properties: {DomainName: !Ref Name, DomainNameConfigurations: [{CertificateArn: arn}]}
  Mapping:
    Type: AWS::ApiGatewayV2::ApiMapping
    Condition: HasDomain
    Properties: {ApiId: api, DomainName: !Ref Domain, Stage: !Ref Api.Stage}
  Marker:
    Type: AWS::IAM::ManagedPolicy
    Properties: {Description: !Ref Name, PolicyDocument: {Statement: []}}
";

#[test]
fn a_mapping_gives_its_domain_to_the_api() {
    assert_eq!(read(DOMAIN, &[("Name", "api.example.com")]).unwrap().domains, ["api.example.com"]);
    assert_eq!(read(DOMAIN, &[]).unwrap().domains, [""; 0]);
}

#[test]
fn unsupported_domains_and_attached_policies_are_errors() {
    for (from, to, expected) in [
        ("Stage:", "ApiMappingKey: v1, Stage:", "resource Mapping, property ApiMappingKey: is not supported"),
        (
            "DomainName: !Ref Name,",
            "MutualTlsAuthentication: {}, DomainName: !Ref Name,",
            "MutualTlsAuthentication: is",
        ),
        (
            "Description: !Ref Name",
            "Roles: [role]",
            "resource Marker, property Roles: is not supported locally",
        ),
    ] {
        let line = error(&DOMAIN.replacen(from, to, 1), &[("Name", "api.example.com")]);
        assert!(line.contains(expected), "{line}");
    }
}
