"""Resolves references to a resource that a stack update adds or removes.

For an update, LocalStack evaluates a branch of a condition for the template before and after the update, if the condition is
true in one of the two. It refuses a reference in the branch to a resource that does not exist in the other: "Unresolved
resource dependencies". Without this plugin no update could add a resource that policies refer to, such as the
collector's layer.
"""

from localstack.runtime import hooks
from localstack.services.cloudformation.engine.v2.change_set_model import is_nothing
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import ChangeSetModelPreproc

_resolve_attribute = ChangeSetModelPreproc._resolve_attribute


@hooks.on_infra_start()
def resolve_conditional_references():
    """Gives such a reference a placeholder value where the resource does not exist and the value is not used."""
    ChangeSetModelPreproc._resolve_attribute = _resolve


def _resolve(self: ChangeSetModelPreproc, arguments: str | list[str], select_before: bool) -> str:
    name = arguments.split(".")[0] if isinstance(arguments, str) else arguments[0]
    resource = self._get_node_resource_for(name, self._change_set.update_model.node_template)
    if not is_nothing(resource.condition_reference):
        there = self._resolve_condition(resource.condition_reference.value)
        if there.before != there.after and not (there.before if select_before else there.after):
            return f"{name} does not exist"
    return _resolve_attribute(self, arguments, select_before)
