"""References to a resource that an update brings or takes away.

LocalStack works out both sides of an update for the branch of a condition that holds on one of them, and refuses a reference
there to a resource that is not there on the other: "Unresolved resource dependencies". So no update could bring a resource
that policies name, as a generation of the query table is.
"""

from localstack.runtime import hooks
from localstack.services.cloudformation.engine.v2.change_set_model import is_nothing
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import ChangeSetModelPreproc

_resolve_attribute = ChangeSetModelPreproc._resolve_attribute


@hooks.on_infra_start()
def resolve_what_comes_and_goes():
    """Gives such a reference a value on the side that nobody takes."""
    ChangeSetModelPreproc._resolve_attribute = _resolve


def _resolve(self: ChangeSetModelPreproc, arguments: str | list[str], select_before: bool) -> str:
    name = arguments.split(".")[0] if isinstance(arguments, str) else arguments[0]
    resource = self._get_node_resource_for(name, self._change_set.update_model.node_template)
    if not is_nothing(resource.condition_reference):
        there = self._resolve_condition(resource.condition_reference.value)
        if there.before != there.after and not (there.before if select_before else there.after):
            return f"{name} is not there"
    return _resolve_attribute(self, arguments, select_before)
