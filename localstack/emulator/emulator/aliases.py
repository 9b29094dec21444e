"""Moves an alias to another version when a stack is updated.

LocalStack replaces the alias, because it refers to a function that the update changes: it creates the alias a second time,
which fails, and deletes it afterwards. CloudFormation only updates it (CloudFormation template reference,
"AWS::Lambda::Alias": `FunctionVersion` requires no interruption).
"""

from localstack.runtime import hooks
from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent, ResourceRequest
from localstack.services.lambda_.resource_providers.lambda_alias import LambdaAliasProvider

_create_alias, _delete_alias = LambdaAliasProvider.create, LambdaAliasProvider.delete


@hooks.on_infra_start()
def move_aliases():
    """Replaces the provider's steps by those of an update."""
    LambdaAliasProvider.create = _create
    LambdaAliasProvider.delete = _delete


def _create(self: LambdaAliasProvider, request: ResourceRequest) -> ProgressEvent:
    model = request.desired_state
    if request.custom_context or (found := _found(request)) is None:
        return _create_alias(self, request)
    request.aws_client_factory.lambda_.update_alias(
        FunctionName=model["FunctionName"], Name=model["Name"], FunctionVersion=model["FunctionVersion"]
    )
    model["Id"] = found["AliasArn"]
    return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=model)


def _delete(self: LambdaAliasProvider, request: ResourceRequest) -> ProgressEvent:
    found = _found(request)
    if found and found["FunctionVersion"] != request.desired_state["FunctionVersion"]:
        # The alias has been moved and is still in use.
        return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=request.previous_state)
    return _delete_alias(self, request)


def _found(request: ResourceRequest) -> dict | None:
    """Returns the alias if it exists."""
    model, lambda_ = request.desired_state, request.aws_client_factory.lambda_
    try:
        return lambda_.get_alias(FunctionName=model["FunctionName"], Name=model["Name"])
    except lambda_.exceptions.ResourceNotFoundException:
        return None
