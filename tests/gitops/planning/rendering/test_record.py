from gitops.planning.rendering.rendering import VERSION
from models.sampling import DEFAULTS
from tests.gitops.stacks import MEGABYTE, rendered, shared_stack_file, stack_file


def test_a_rendering_says_what_the_stack_is():
    record = rendered(stack_file(), stack="trial")
    assert (record.version, record.stack, record.namespace) == (VERSION, "trial", "localai-dev")
    assert (record.cluster, record.delivery, record.server) == ("near", "operator", "v4.9.0")


def test_a_pool_says_where_it_runs_and_what_it_costs_for_all_its_pods():
    config = shared_stack_file()
    one = rendered(config).pools[0]
    config["pools"]["talk"].update(replicas=3, gpus=2)
    six = rendered(config).pools[0]
    assert (six.gpu, six.gpus, six.replicas) == ("nvidia-l4", 2, 3)
    assert float(six.price or 0) == 6 * float(one.price or 0) > 0


def test_a_pool_on_cpus_has_no_price():
    find = rendered(stack_file()).pools[1]
    assert (find.gpu, find.gpus, find.price) == (None, 0, None)


def test_a_model_carries_its_files_and_its_entry():
    small = rendered(stack_file()).pools[0].models[0]
    assert (small.name, small.kind, small.license) == ("small", "chat", "MIT")
    assert [(file.bytes, file.exact) for file in small.files] == [(100 * MEGABYTE, True)]
    assert small.entry["context_size"] == 4096


def test_a_default_that_the_definition_leaves_to_us_is_part_of_a_model():
    small = rendered(stack_file()).pools[0].models[0]
    assert small.entry["parameters"]["min_p"] == DEFAULTS.min_p


def test_every_part_has_a_urn_of_its_own_and_knows_its_parent():
    parts = rendered(stack_file()).parts
    urns = {part.urn for part in parts}
    assert len(urns) == len(parts)
    assert all(part.parent in urns for part in parts if part.parent)
    assert all(set(part.depends_on) <= urns for part in parts)


def test_only_claims_outlive_their_stack():
    kept = {part.token for part in rendered(stack_file()).parts if part.retain}
    assert kept == {"kubernetes:core/v1:PersistentVolumeClaim"}
